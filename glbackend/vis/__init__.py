"""Pictures of training, models and tensors."""
