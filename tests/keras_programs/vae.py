"""Variational autoencoder: Sampling layer, custom train_step, metric trackers (keras.io's).

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import os

import numpy as np
import glbackend as tf
import glbackend as keras
from glbackend import ops
from glbackend import layers

keras.utils.set_random_seed(5)


class Sampling(layers.Layer):
    """Uses (z_mean, z_log_var) to sample z, the vector encoding a digit."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        z_mean, z_log_var = inputs
        batch = ops.shape(z_mean)[0]
        dim = ops.shape(z_mean)[1]
        epsilon = keras.random.normal(shape=(batch, dim), seed=self.seed_generator)
        return z_mean + ops.exp(0.5 * z_log_var) * epsilon


latent_dim = 2
encoder_inputs = keras.Input(shape=(12, 12, 1))
x = layers.Conv2D(8, 3, activation="relu", strides=2, padding="same")(encoder_inputs)
x = layers.Conv2D(16, 3, activation="relu", strides=2, padding="same")(x)
x = layers.Flatten()(x)
x = layers.Dense(16, activation="relu")(x)
z_mean = layers.Dense(latent_dim, name="z_mean")(x)
z_log_var = layers.Dense(latent_dim, name="z_log_var")(x)
z = Sampling()([z_mean, z_log_var])
encoder = keras.Model(encoder_inputs, [z_mean, z_log_var, z], name="encoder")
encoder.summary()

latent_inputs = keras.Input(shape=(latent_dim,))
x = layers.Dense(3 * 3 * 16, activation="relu")(latent_inputs)
x = layers.Reshape((3, 3, 16))(x)
x = layers.Conv2DTranspose(16, 3, activation="relu", strides=2, padding="same")(x)
x = layers.Conv2DTranspose(8, 3, activation="relu", strides=2, padding="same")(x)
decoder_outputs = layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(x)
decoder = keras.Model(latent_inputs, decoder_outputs, name="decoder")
decoder.summary()


class VAE(keras.Model):
    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.total_loss_tracker = keras.metrics.Mean(name="total_loss")
        self.reconstruction_loss_tracker = keras.metrics.Mean(name="reconstruction_loss")
        self.kl_loss_tracker = keras.metrics.Mean(name="kl_loss")

    @property
    def metrics(self):
        return [
            self.total_loss_tracker,
            self.reconstruction_loss_tracker,
            self.kl_loss_tracker,
        ]

    def train_step(self, data):
        with tf.GradientTape() as tape:
            z_mean, z_log_var, z = self.encoder(data)
            reconstruction = self.decoder(z)
            reconstruction_loss = ops.mean(
                ops.sum(
                    keras.losses.binary_crossentropy(data, reconstruction),
                    axis=(1, 2),
                )
            )
            kl_loss = -0.5 * (1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var))
            kl_loss = ops.mean(ops.sum(kl_loss, axis=1))
            total_loss = reconstruction_loss + kl_loss
        grads = tape.gradient(total_loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        self.total_loss_tracker.update_state(total_loss)
        self.reconstruction_loss_tracker.update_state(reconstruction_loss)
        self.kl_loss_tracker.update_state(kl_loss)
        return {
            "loss": self.total_loss_tracker.result(),
            "reconstruction_loss": self.reconstruction_loss_tracker.result(),
            "kl_loss": self.kl_loss_tracker.result(),
        }


blobs = np.zeros((96, 12, 12), "float32")
for i in range(96):
    blobs[i, i % 6 : i % 6 + 5, i // 6 % 6 : i // 6 % 6 + 5] = 1
digits = np.expand_dims(blobs, -1)
vae = VAE(encoder, decoder)
vae.compile(optimizer=keras.optimizers.Adam(0.005))
history = vae.fit(digits, epochs=4, batch_size=32, verbose=2)
assert set(history.history) == {"loss", "reconstruction_loss", "kl_loss"}, history.history
assert history.history["loss"][-1] < history.history["loss"][0]
z_sample = np.array([[0.5, -0.5]])
x_decoded = vae.decoder.predict(z_sample, verbose=0)
assert x_decoded[0].reshape(12, 12).shape == (12, 12)


# the other way: add_loss inside a layer, standard fit
class KLDivergence(layers.Layer):
    def call(self, inputs):
        mu, log_var = inputs
        kl = -0.5 * ops.mean(ops.sum(1 + log_var - ops.square(mu) - ops.exp(log_var), axis=-1))
        self.add_loss(0.1 * kl)
        return inputs


mu, log_var = KLDivergence()([z_mean, z_log_var])
out = decoder(Sampling()([mu, log_var]))
other = keras.Model(encoder_inputs, out)
other.compile(optimizer="adam", loss="mse")
before = other.evaluate(digits, digits, verbose=0)
other.fit(digits, digits, epochs=2, verbose=0)
other(digits[:2])
assert len(other.losses) == 1
assert other.evaluate(digits, digits, verbose=0) < before
print("OK")
