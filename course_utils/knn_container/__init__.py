"""SageMaker's built-in k-nearest neighbours algorithm, as a container without Docker."""
