"""A twin as a file that runs anywhere: its networks as ONNX, and a page of Python that draws their inputs."""
