"""Forecasting with an LSTM over timeseries_dataset_from_array.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import numpy as np
import glbackend as keras
from glbackend import layers

keras.utils.set_random_seed(7)
steps = np.arange(600)
series = np.stack([np.sin(steps / 9), np.cos(steps / 5)], axis=-1) + 0.05 * np.random.default_rng(0).normal(size=(600, 2))
split = int(0.7 * len(series))
mean, std = series[:split].mean(axis=0), series[:split].std(axis=0)
series = (series - mean) / std  # float64, as it comes

past, future = 20, 3
start = past + future
x_train, y_train = series[:split], series[start : start + split][:, 0]
dataset_train = keras.preprocessing.timeseries_dataset_from_array(
    x_train, y_train, sequence_length=past, sampling_rate=2, batch_size=32,
)
dataset_val = keras.utils.timeseries_dataset_from_array(
    series[split:-start], series[split + start :, 0], sequence_length=past, sampling_rate=2, batch_size=32, shuffle=True, seed=3,
)
for batch in dataset_train.take(1):
    inputs, targets = batch
print("Input shape:", inputs.numpy().shape)
print("Target shape:", targets.numpy().shape)

inputs = keras.layers.Input(shape=(inputs.shape[1], inputs.shape[2]))
lstm_out = keras.layers.LSTM(16)(inputs)
outputs = keras.layers.Dense(1)(lstm_out)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss="mse")
model.summary()
es_callback = keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=0, patience=5)
modelckpt_callback = keras.callbacks.ModelCheckpoint(
    monitor="val_loss", filepath="checkpoint.weights.h5", verbose=1, save_weights_only=True, save_best_only=True,
)
history = model.fit(
    dataset_train, epochs=4, validation_data=dataset_val, callbacks=[es_callback, modelckpt_callback], verbose=2,
)
assert history.history["val_loss"][-1] < history.history["val_loss"][0]
model.load_weights("checkpoint.weights.h5")
for x, y in dataset_val.take(2):
    prediction = model.predict(x, verbose=0)[0]
    print(float(prediction[0]), y[0].numpy())
baseline = np.mean([np.mean(np.abs(y.numpy() - x.numpy()[:, -1, 0])) for x, y in dataset_val])
mae = np.mean([np.mean(np.abs(y.numpy() - model.predict_on_batch(x)[:, 0])) for x, y in dataset_val])
print(baseline, mae)
# a stack of recurrent layers, one of them both ways
stacked = keras.Sequential([
    keras.Input((20, 2)),
    layers.Bidirectional(layers.LSTM(8, return_sequences=True)),
    layers.GRU(8, return_sequences=True),
    layers.Dense(4),
    layers.SimpleRNN(4),
    layers.Dense(1),
])
stacked.compile("rmsprop", "mae", metrics=["mse", keras.metrics.RootMeanSquaredError()])
h = stacked.fit(dataset_train, epochs=1, steps_per_epoch=3, verbose=0)
assert set(h.history) == {"loss", "mse", "root_mean_squared_error"}, h.history
print("OK")
