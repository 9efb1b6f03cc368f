"""Callbacks-heavy training with checkpoints and resuming.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import csv
import math
import os
import shutil

import numpy as np
import glbackend as keras
from glbackend.callbacks import (
    BackupAndRestore, Callback, CSVLogger, EarlyStopping, LambdaCallback, LearningRateScheduler, ModelCheckpoint,
    ReduceLROnPlateau, TensorBoard, TerminateOnNaN,
)
from glbackend.layers import Dense, Dropout, Input
from glbackend.models import Sequential, load_model

keras.utils.set_random_seed(12)
work = "callbacks"
shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
X = np.random.rand(128, 8)
y = (X.sum(axis=1) > 4).astype(int)


def build():
    model = Sequential()
    model.add(Input(shape=(8,)))
    model.add(Dense(16, activation="relu"))
    model.add(Dropout(0.1))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(learning_rate=0.5), metrics=["accuracy", "AUC", keras.metrics.Precision(), keras.metrics.Recall()])
    return model


class LossHistory(Callback):
    def on_train_begin(self, logs=None):
        self.losses = []
        self.params_seen = dict(self.params)

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])
        assert "accuracy" in logs

    def on_epoch_begin(self, epoch, logs=None):
        self.lr = float(self.model.optimizer.learning_rate)

    def on_test_begin(self, logs=None):
        self.tested = True


class StopAtTop(Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if logs.get("accuracy") >= 0.999:
            self.model.stop_training = True


def scheduler(epoch, lr):
    return lr if epoch < 2 else lr * math.exp(-0.1)


hist = LossHistory()
lines = []
model = build()
history = model.fit(
    X, y, epochs=6, batch_size=16, validation_split=0.25, verbose=2,
    callbacks=[
        hist,
        StopAtTop(),
        ModelCheckpoint(work + "/best.keras", monitor="val_accuracy", mode="max", save_best_only=True, verbose=0),
        ModelCheckpoint(work + "/ck-{epoch:02d}-{val_loss:.2f}.weights.h5", save_weights_only=True),
        EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True),
        LearningRateScheduler(scheduler, verbose=1),
        CSVLogger(work + "/log.csv", append=False),
        TerminateOnNaN(),
        LambdaCallback(on_epoch_end=lambda epoch, logs: lines.append(epoch), on_train_end=lambda logs: lines.append("end")),
        TensorBoard(log_dir=work + "/tb"),
    ],
)
print(history.params, sorted(history.history))
assert lines[-1] == "end" and len(hist.losses) == 6 * len(history.epoch)
assert {"learning_rate", "AUC", "precision", "recall", "val_precision"} <= set(history.history)
rows = list(csv.DictReader(open(work + "/log.csv")))
assert len(rows) == len(history.epoch) and "val_loss" in rows[0], rows
assert len([f for f in os.listdir(work) if f.endswith(".weights.h5")]) == len(history.epoch)
best = load_model(work + "/best.keras")
result = best.evaluate(X[96:], y[96:], verbose=0, return_dict=True)
assert abs(result["accuracy"] - max(history.history["val_accuracy"])) < 1e-6
# go on training with what was saved, the optimizer too
best.fit(X, y, epochs=1, verbose=0)

plateau = build()
h = plateau.fit(X, y, epochs=4, verbose=0, validation_data=(X, 1 - y), callbacks=[ReduceLROnPlateau(monitor="val_loss", factor=0.2, patience=1, min_lr=0.001)])
assert float(plateau.optimizer.learning_rate) < 0.5
print(h.history["learning_rate"])


class Interrupt(Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise RuntimeError("Interrupting!")


interrupted = build()
backup = BackupAndRestore(backup_dir=work + "/backup")
try:
    interrupted.fit(X, y, epochs=4, batch_size=32, verbose=0, callbacks=[backup, Interrupt()])
except RuntimeError as e:
    print(e)
h = interrupted.fit(X, y, epochs=4, batch_size=32, verbose=0, callbacks=[BackupAndRestore(work + "/backup")])
assert len(h.history["loss"]) == 2, h.history
print("OK")
