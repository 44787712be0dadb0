"""What experiments are made of: the model, its training, the novels, the results and their comparison. Nothing runs."""
