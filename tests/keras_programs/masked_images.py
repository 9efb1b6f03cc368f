"""Masked autoencoder: patches, a model without a `call`, a schedule of its own, a linear probe.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""

import numpy as np
import glbackend as keras
import glbackend as tf
from glbackend import layers, ops

keras.utils.set_random_seed(42)
IMAGE_SIZE = 12
PATCH_SIZE = 4
NUM_PATCHES = 9
MASK_PROPORTION = 0.75
ENC_PROJECTION_DIM = 16
DEC = 8
LAYER_NORM_EPS = 1e-6


def get_train_augmentation_model():
    return keras.Sequential(
        [
            layers.Rescaling(1 / 255.0),
            layers.Resizing(16, 16),
            layers.RandomCrop(IMAGE_SIZE, IMAGE_SIZE),
            layers.RandomFlip("horizontal"),
        ],
        name="train_data_augmentation",
    )


def get_test_augmentation_model():
    return keras.Sequential(
        [layers.Rescaling(1 / 255.0), layers.Resizing(IMAGE_SIZE, IMAGE_SIZE)], name="test_data_augmentation"
    )


class Patches(layers.Layer):
    def __init__(self, patch_size=PATCH_SIZE, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size
        self.resize = layers.Reshape((-1, patch_size * patch_size * 3))

    def call(self, images):
        patches = ops.image.extract_patches(
            images,
            size=(self.patch_size, self.patch_size),
            strides=(self.patch_size, self.patch_size),
            dilation_rate=1,
            padding="valid",
        )
        return self.resize(patches)

    def reconstruct_from_patch(self, patch):
        num_patches = patch.shape[0]
        n = int(np.sqrt(num_patches))
        patch = ops.reshape(patch, (num_patches, self.patch_size, self.patch_size, 3))
        rows = ops.split(patch, n, axis=0)
        rows = [ops.concatenate(ops.unstack(x), axis=1) for x in rows]
        return ops.concatenate(rows, axis=0)


class PatchEncoder(layers.Layer):
    def __init__(
        self,
        patch_size=PATCH_SIZE,
        projection_dim=ENC_PROJECTION_DIM,
        mask_proportion=MASK_PROPORTION,
        downstream=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.patch_size = patch_size
        self.projection_dim = projection_dim
        self.mask_proportion = mask_proportion
        self.downstream = downstream
        self.mask_token = keras.Variable(
            keras.random.normal([1, patch_size * patch_size * 3]), trainable=True
        )
        self.seed_generator = keras.random.SeedGenerator(42)

    def build(self, input_shape):
        (_, self.num_patches, self.patch_area) = input_shape
        self.projection = layers.Dense(units=self.projection_dim)
        self.position_embedding = layers.Embedding(input_dim=self.num_patches, output_dim=self.projection_dim)
        self.num_mask = int(self.mask_proportion * self.num_patches)

    def call(self, patches):
        batch_size = ops.shape(patches)[0]
        positions = ops.arange(start=0, stop=self.num_patches, step=1)
        pos_embeddings = self.position_embedding(positions[None, ...])
        pos_embeddings = ops.tile(pos_embeddings, [batch_size, 1, 1])
        patch_embeddings = self.projection(patches) + pos_embeddings
        if self.downstream:
            return patch_embeddings
        mask_indices, unmask_indices = self.get_random_indices(batch_size)
        unmasked_embeddings = ops.take_along_axis(patch_embeddings, unmask_indices[..., None], axis=1)
        unmasked_positions = ops.take_along_axis(pos_embeddings, unmask_indices[..., None], axis=1)
        masked_positions = ops.take_along_axis(pos_embeddings, mask_indices[..., None], axis=1)
        mask_tokens = ops.repeat(self.mask_token, repeats=self.num_mask, axis=0)
        mask_tokens = ops.repeat(mask_tokens[None, ...], repeats=batch_size, axis=0)
        masked_embeddings = self.projection(mask_tokens) + masked_positions
        return unmasked_embeddings, masked_embeddings, unmasked_positions, mask_indices, unmask_indices

    def get_random_indices(self, batch_size):
        rand_indices = ops.argsort(
            keras.random.uniform(shape=(batch_size, self.num_patches), seed=self.seed_generator), axis=-1
        )
        return rand_indices[:, : self.num_mask], rand_indices[:, self.num_mask :]

    def generate_masked_image(self, patches, unmask_indices):
        idx = np.random.choice(patches.shape[0])
        patch = patches[idx]
        unmask_index = unmask_indices[idx]
        new_patch = np.zeros_like(patch)
        count = 0
        for i in range(unmask_index.shape[0]):
            new_patch[unmask_index[i]] = patch[unmask_index[i]]
        return new_patch, idx


def mlp(x, dropout_rate, hidden_units):
    for units in hidden_units:
        x = layers.Dense(units, activation=keras.activations.gelu)(x)
        x = layers.Dropout(dropout_rate)(x)
    return x


def create_encoder(num_heads=2, num_layers=1):
    inputs = layers.Input((None, ENC_PROJECTION_DIM))
    x = inputs
    for _ in range(num_layers):
        x1 = layers.LayerNormalization(epsilon=LAYER_NORM_EPS)(x)
        attention_output = layers.MultiHeadAttention(
            num_heads=num_heads, key_dim=ENC_PROJECTION_DIM, dropout=0.1
        )(x1, x1)
        x2 = layers.Add()([attention_output, x])
        x3 = layers.LayerNormalization(epsilon=LAYER_NORM_EPS)(x2)
        x3 = mlp(x3, hidden_units=[32, 16], dropout_rate=0.1)
        x = layers.Add()([x3, x2])
    outputs = layers.LayerNormalization(epsilon=LAYER_NORM_EPS)(x)
    return keras.Model(inputs, outputs, name="mae_encoder")


def create_decoder():
    inputs = layers.Input((NUM_PATCHES, ENC_PROJECTION_DIM))
    x = layers.Dense(DEC)(inputs)
    x1 = layers.LayerNormalization(epsilon=LAYER_NORM_EPS)(x)
    a = layers.MultiHeadAttention(num_heads=2, key_dim=DEC, dropout=0.1)(x1, x1)
    x = layers.Add()([a, x])
    x = layers.LayerNormalization(epsilon=LAYER_NORM_EPS)(x)
    x = layers.Flatten()(x)
    pre_final = layers.Dense(units=IMAGE_SIZE * IMAGE_SIZE * 3, activation="sigmoid")(x)
    outputs = layers.Reshape((IMAGE_SIZE, IMAGE_SIZE, 3))(pre_final)
    return keras.Model(inputs, outputs, name="mae_decoder")


class MaskedAutoencoder(keras.Model):
    def __init__(
        self,
        train_augmentation_model,
        test_augmentation_model,
        patch_layer,
        patch_encoder,
        encoder,
        decoder,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.train_augmentation_model = train_augmentation_model
        self.test_augmentation_model = test_augmentation_model
        self.patch_layer = patch_layer
        self.patch_encoder = patch_encoder
        self.encoder = encoder
        self.decoder = decoder

    def calculate_loss(self, images, test=False):
        if test:
            augmented_images = self.test_augmentation_model(images)
        else:
            augmented_images = self.train_augmentation_model(images)
        patches = self.patch_layer(augmented_images)
        (unmasked_embeddings, masked_embeddings, unmasked_positions, mask_indices, unmask_indices) = (
            self.patch_encoder(patches)
        )
        encoder_outputs = self.encoder(unmasked_embeddings)
        encoder_outputs = encoder_outputs + unmasked_positions
        decoder_inputs = ops.concatenate([encoder_outputs, masked_embeddings], axis=1)
        decoder_outputs = self.decoder(decoder_inputs)
        decoder_patches = self.patch_layer(decoder_outputs)
        loss_patch = ops.take_along_axis(patches, mask_indices[..., None], axis=1)
        loss_output = ops.take_along_axis(decoder_patches, mask_indices[..., None], axis=1)
        total_loss = self.compute_loss(y=loss_patch, y_pred=loss_output)
        return total_loss, loss_patch, loss_output

    def train_step(self, images):
        with tf.GradientTape() as tape:
            total_loss, loss_patch, loss_output = self.calculate_loss(images)
        train_vars = [
            self.train_augmentation_model.trainable_variables,
            self.patch_layer.trainable_variables,
            self.patch_encoder.trainable_variables,
            self.encoder.trainable_variables,
            self.decoder.trainable_variables,
        ]
        grads = tape.gradient(total_loss, train_vars)
        tv_list = []
        for grad, var in zip(grads, train_vars):
            for g, v in zip(grad, var):
                tv_list.append((g, v))
        self.optimizer.apply_gradients(tv_list)
        for metric in self.metrics:
            metric.update_state(loss_patch, loss_output)
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, images):
        total_loss, loss_patch, loss_output = self.calculate_loss(images, test=True)
        for metric in self.metrics:
            metric.update_state(loss_patch, loss_output)
        return {m.name: m.result() for m in self.metrics}


class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, learning_rate_base, total_steps, warmup_learning_rate, warmup_steps):
        super().__init__()
        self.learning_rate_base = learning_rate_base
        self.total_steps = total_steps
        self.warmup_learning_rate = warmup_learning_rate
        self.warmup_steps = warmup_steps
        self.pi = ops.array(np.pi)

    def __call__(self, step):
        if self.total_steps < self.warmup_steps:
            raise ValueError("Total_steps must be larger or equal to warmup_steps.")
        cos_annealed_lr = ops.cos(
            self.pi
            * (ops.cast(step, dtype="float32") - self.warmup_steps)
            / ops.cast(self.total_steps - self.warmup_steps, dtype="float32")
        )
        learning_rate = 0.5 * self.learning_rate_base * (1 + cos_annealed_lr)
        if self.warmup_steps > 0:
            slope = (self.learning_rate_base - self.warmup_learning_rate) / self.warmup_steps
            warmup_rate = slope * ops.cast(step, dtype="float32") + self.warmup_learning_rate
            learning_rate = ops.where(step < self.warmup_steps, warmup_rate, learning_rate)
        return ops.where(step > self.total_steps, 0.0, learning_rate)


rs = np.random.RandomState(0)
x_train = rs.randint(0, 255, (16, 16, 16, 3)).astype("uint8")
y_train = rs.randint(0, 10, (16, 1))
train_ds = tf.data.Dataset.from_tensor_slices(x_train).shuffle(16).batch(8).prefetch(tf.data.AUTOTUNE)
val_ds = tf.data.Dataset.from_tensor_slices(x_train).batch(8)
image_batch = next(iter(train_ds))
am = get_train_augmentation_model()
aug = am(image_batch)
patch_layer = Patches()
patches = patch_layer(images=aug)
image = patch_layer.reconstruct_from_patch(patches[0])
assert np.abs(ops.convert_to_numpy(image) - ops.convert_to_numpy(aug[0])).max() < 1e-6
pe = PatchEncoder()
ue, me, up, mi, ui = pe(patches=patches)
new_patch, idx = pe.generate_masked_image(np.asarray(patches), np.asarray(ui))
assert (new_patch.sum(1) == 0).sum() == 6
total_steps = 4
warmup_epoch_percentage = 0.15
scheduled_lrs = WarmUpCosine(5e-3, total_steps, 0.0, 1)
lrs = [float(scheduled_lrs(step)) for step in range(total_steps)]
lrs2 = ops.convert_to_numpy(ops.array([scheduled_lrs(step) for step in range(total_steps)]))
assert np.allclose(lrs, lrs2) and lrs[0] == 0 and abs(lrs[1] - 5e-3) < 1e-6
mae = MaskedAutoencoder(
    get_train_augmentation_model(),
    get_test_augmentation_model(),
    Patches(),
    PatchEncoder(),
    create_encoder(),
    create_decoder(),
)
mae.compile(
    optimizer=keras.optimizers.AdamW(learning_rate=scheduled_lrs, weight_decay=1e-4),
    loss=keras.losses.MeanSquaredError(),
    metrics=["mae"],
)
history = mae.fit(train_ds, epochs=2, validation_data=val_ds, verbose=0)
loss, m = mae.evaluate(val_ds, verbose=0)
assert np.isfinite([loss, m]).all() and len(history.history["val_mae"]) == 2
train_augmentation_model = mae.train_augmentation_model
patch_layer = mae.patch_layer
patch_encoder = mae.patch_encoder
patch_encoder.downstream = True
encoder = mae.encoder
downstream_model = keras.Sequential(
    [
        layers.Input((IMAGE_SIZE, IMAGE_SIZE, 3)),
        patch_layer,
        patch_encoder,
        encoder,
        layers.BatchNormalization(),
        layers.GlobalAveragePooling1D(),
        layers.Dense(10, activation="softmax"),
    ],
    name="linear_probe_model",
)
for layer in downstream_model.layers[:-1]:
    layer.trainable = False


def prepare_data(images, labels, is_train=True):
    augmentation_model = train_augmentation_model if is_train else mae.test_augmentation_model
    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    if is_train:
        dataset = dataset.shuffle(16)
    dataset = dataset.batch(8).map(
        lambda x, y: (augmentation_model(x), y), num_parallel_calls=tf.data.AUTOTUNE
    )
    return dataset.prefetch(tf.data.AUTOTUNE)


downstream_model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
downstream_model.fit(
    prepare_data(x_train, y_train),
    validation_data=prepare_data(x_train, y_train, is_train=False),
    epochs=1,
    verbose=0,
)
assert len(downstream_model.trainable_variables) == 2
print("OK")
