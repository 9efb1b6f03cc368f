"""A GAN whose class says that it is built, with a train step of its own over two optimizers.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands.
"""
import numpy as np
import glbackend as keras
from glbackend import layers, ops
D=keras.Sequential([keras.Input((8,8,1)),layers.Conv2D(8,3,strides=2,padding="same"),layers.LeakyReLU(negative_slope=0.2),layers.GlobalMaxPooling2D(),layers.Dense(1)],name="d")
G=keras.Sequential([keras.Input((4,)),layers.Dense(4*4*8),layers.LeakyReLU(0.2),layers.Reshape((4,4,8)),layers.Conv2DTranspose(8,4,strides=2,padding="same"),layers.LeakyReLU(0.2),layers.Conv2D(1,3,padding="same",activation="sigmoid")],name="g")
class GAN(keras.Model):
    def __init__(self,discriminator,generator,latent_dim):
        super().__init__(); self.discriminator,self.generator,self.latent_dim=discriminator,generator,latent_dim; self.dt=keras.metrics.Mean(name="d_loss"); self.gt=keras.metrics.Mean(name="g_loss"); self.seed=keras.random.SeedGenerator(1); self.built=True
    def compile(self,d_optimizer,g_optimizer,loss_fn): super().compile(); self.do,self.go,self.lf=d_optimizer,g_optimizer,loss_fn
    @property
    def metrics(self): return [self.dt,self.gt]
    def train_step(self,real):
        if isinstance(real,tuple): real=real[0]
        n=ops.shape(real)[0]; z=keras.random.normal((n,self.latent_dim),seed=self.seed); fake=self.generator(z); both=ops.concatenate([fake,real],axis=0); labels=ops.concatenate([ops.ones((n,1)),ops.zeros((n,1))],axis=0); labels+=0.05*keras.random.uniform(labels.shape,seed=self.seed)
        with keras.GradientTape() as t: dl=self.lf(labels,self.discriminator(both))
        self.do.apply_gradients(zip(t.gradient(dl,self.discriminator.trainable_weights),self.discriminator.trainable_weights))
        z=keras.random.normal((n,self.latent_dim),seed=self.seed)
        with keras.GradientTape() as t: gl_=self.lf(ops.zeros((n,1)),self.discriminator(self.generator(z)))
        self.go.apply_gradients(zip(t.gradient(gl_,self.generator.trainable_weights),self.generator.trainable_weights))
        self.dt.update_state(dl); self.gt.update_state(gl_); return {"d_loss":self.dt.result(),"g_loss":self.gt.result()}
g=GAN(D,G,4); g.compile(keras.optimizers.Adam(3e-4),keras.optimizers.Adam(3e-4),keras.losses.BinaryCrossentropy(from_logits=True))
h=g.fit(np.random.default_rng(0).random((32,8,8,1)).astype("float32"),epochs=2,batch_size=16,verbose=0); assert sorted(h.history) == ["d_loss", "g_loss"]
print("OK")
