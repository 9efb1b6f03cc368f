"""Pictures of models and their training, as pages and notebooks show them."""
