"""Three inputs of which two share an embedding, two outputs with losses, weights, metrics and sample weights by name.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands.
"""
import numpy as np
import glbackend as keras
from glbackend import layers
rng=np.random.default_rng(0)
title=keras.Input(shape=(6,),dtype="int32",name="title"); body=keras.Input(shape=(12,),dtype="int32",name="body"); tags=keras.Input(shape=(4,),name="tags")
emb=layers.Embedding(50,8,mask_zero=True)
t=layers.LSTM(8)(emb(title)); b=layers.GRU(8)(emb(body))
x=layers.concatenate([t,b,tags])
prio=layers.Dense(1,activation="sigmoid",name="priority")(x)
dept=layers.Dense(3,activation="softmax",name="dept")(layers.Dropout(0.2)(x))
model=keras.Model(inputs=[title,body,tags],outputs=[prio,dept])
model.compile(optimizer=keras.optimizers.RMSprop(1e-3),loss={"priority":keras.losses.BinaryCrossentropy(),"dept":keras.losses.CategoricalCrossentropy()},loss_weights={"priority":1.0,"dept":0.2},metrics={"priority":["mae",keras.metrics.AUC(name="auc")],"dept":["accuracy"]})
X={"title":rng.integers(0,50,(32,6)),"body":rng.integers(0,50,(32,12)),"tags":rng.integers(0,2,(32,4)).astype("float32")}
Y={"priority":rng.random((32,1)).round(),"dept":keras.utils.to_categorical(rng.integers(0,3,32),3)}
h=model.fit(X,Y,epochs=2,batch_size=8,verbose=0,validation_split=0.25)
assert "val_priority_auc" in h.history and "dept_accuracy" in h.history
r=model.evaluate(X,Y,verbose=0,return_dict=True); print(sorted(r))
p=model.predict(X,verbose=0); print([np.asarray(i).shape for i in p])
sub=keras.Model(model.input,model.get_layer("priority").output); assert sub.predict(X,verbose=0).shape == (32, 1)
model.summary()
print("OK")
