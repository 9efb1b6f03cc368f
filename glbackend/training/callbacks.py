"""The callbacks, as `gl.callbacks`: by TF.js's names and by Keras's."""

from glbackend.training.callback import CALLBACKS as CALLBACKS
from glbackend.training.callback import Callback, CallbackList, CustomCallback, LambdaCallback
from glbackend.training.callback import Logs as Logs
from glbackend.training.checkpoints import BackupAndRestore, ModelCheckpoint
from glbackend.training.loggers import CSVLogger, History, ProgbarLogger, TensorBoard
from glbackend.training.watching import (
    EarlyStopping,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

early_stopping, model_checkpoint, backup_and_restore = EarlyStopping, ModelCheckpoint, BackupAndRestore
reduce_lr_on_plateau, learning_rate_scheduler = ReduceLROnPlateau, LearningRateScheduler
terminate_on_nan, csv_logger, tensor_board, progbar_logger = (
    TerminateOnNaN,
    CSVLogger,
    TensorBoard,
    ProgbarLogger,
)
lambda_callback, callback_list, history = LambdaCallback, CallbackList, History

__all__ = [
    "BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "CustomCallback",
    "EarlyStopping", "History", "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint",
    "ProgbarLogger", "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN",
    "backup_and_restore", "callback_list", "csv_logger", "early_stopping", "history", "lambda_callback",
    "learning_rate_scheduler", "model_checkpoint", "progbar_logger", "reduce_lr_on_plateau",
    "tensor_board", "terminate_on_nan",
]  # fmt: skip
