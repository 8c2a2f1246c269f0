internal import MLOpsCore
