"""Mixed precision, AdamW that accumulates, clips and averages; and accumulation by hand.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands.
"""
import numpy as np
import glbackend as keras
keras.mixed_precision.set_global_policy("mixed_float16")
m=keras.Sequential([keras.Input((4,)),keras.layers.Dense(8,activation="relu"),keras.layers.Dense(1,dtype="float32")]); assert m.layers[0].dtype_policy.name == "mixed_float16"
m.compile(keras.optimizers.AdamW(1e-3,weight_decay=1e-4,gradient_accumulation_steps=2,clipnorm=1.0,use_ema=True),"huber",jit_compile=False)
r=np.random.default_rng(0); X=r.normal(size=(32,4)); m.fit(X,X.sum(1),epochs=2,batch_size=8,verbose=0); keras.mixed_precision.set_global_policy("float32")
acc=[keras.ops.zeros(v.shape) for v in m.trainable_variables]; opt=keras.optimizers.SGD(0.1,momentum=0.9,nesterov=True)
for i in range(4):
    with keras.GradientTape() as t: l=keras.ops.mean(keras.losses.mean_squared_error(X[i*8:i*8+8].sum(1,keepdims=True).astype("float32"),m(X[i*8:i*8+8].astype("float32"))))
    acc=[a+g for a,g in zip(acc,t.gradient(l,m.trainable_variables))]
opt.apply([a/4 for a in acc],m.trainable_variables); assert int(opt.iterations) == 1
print("OK")
