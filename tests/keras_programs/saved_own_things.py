"""A layer, a metric and a loss of one's own, registered; a model of them saved, loaded, cloned, trained on.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands.
"""
import numpy as np
import glbackend as keras
from glbackend import ops
@keras.saving.register_keras_serializable(package="My")
class Linear(keras.layers.Layer):
    def __init__(self,units=4,activation=None,**kw): super().__init__(**kw); self.units=units; self.activation=keras.activations.get(activation)
    def build(self,input_shape):
        self.w=self.add_weight(shape=(input_shape[-1],self.units),initializer="glorot_uniform",trainable=True,name="w"); self.b=self.add_weight(shape=(self.units,),initializer="zeros",trainable=True,name="b"); self.calls=self.add_weight(shape=(),initializer="zeros",trainable=False,name="calls")
    def call(self,x): return self.activation(ops.matmul(x,self.w)+self.b)
    def get_config(self): c=super().get_config(); c.update({"units":self.units,"activation":keras.activations.serialize(self.activation)}); return c
@keras.saving.register_keras_serializable()
class Within(keras.metrics.Metric):
    def __init__(self,tol=0.5,name="within",**kw): super().__init__(name=name,**kw); self.tol=tol; self.n=self.add_weight(name="n",initializer="zeros"); self.s=self.add_weight(name="s",initializer="zeros")
    def update_state(self,y_true,y_pred,sample_weight=None):
        hit=ops.cast(ops.abs(y_true-y_pred)<self.tol,"float32"); self.s.assign_add(ops.sum(hit)); self.n.assign_add(ops.cast(ops.size(hit),"float32"))
    def result(self): return self.s/self.n
    def reset_state(self): self.n.assign(0.); self.s.assign(0.)
    def get_config(self): return {**super().get_config(),"tol":self.tol}
@keras.saving.register_keras_serializable()
class Scaled(keras.losses.Loss):
    def __init__(self,k=2.0,name="scaled",**kw): super().__init__(name=name,**kw); self.k=k
    def call(self,y_true,y_pred): return self.k*ops.mean(ops.square(y_true-y_pred),axis=-1)
    def get_config(self): return {**super().get_config(),"k":self.k}
m=keras.Sequential([keras.Input((3,)),Linear(8,"relu"),Linear(1)]); m.compile("adam",Scaled(3.0),metrics=[Within(0.7)])
r=np.random.default_rng(0); X=r.normal(size=(32,3)).astype("float32"); y=X.sum(1,keepdims=True); h=m.fit(X,y,epochs=2,verbose=0); assert sorted(h.history) == ["loss", "within"]
m.save("c.keras"); m2=keras.models.load_model("c.keras"); assert np.allclose(m.evaluate(X,y,verbose=0),m2.evaluate(X,y,verbose=0),rtol=1e-4)
assert int(m2.optimizer.iterations.numpy()) == 2 and float(m2.optimizer.learning_rate.numpy()) > 0
c=keras.models.clone_model(m); assert c.count_params()==m.count_params(); m3=keras.Sequential.from_config(m.get_config()); assert m3.layers[0].units == 8
m2.fit(X,y,epochs=1,verbose=0)
print("OK")
