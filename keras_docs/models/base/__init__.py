from keras_docs.models.base.backbone import Backbone
from keras_docs.models.base.preprocessor import Preprocessor
from keras_docs.models.base.task import Task

__all__ = ["Backbone", "Preprocessor", "Task"]
