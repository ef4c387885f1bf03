"""Small presets that KerasHub itself writes, for the tests of interoperation."""

import io

import keras
import keras_hub
import sentencepiece

WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog"]
SIZES = {
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 8,
    "intermediate_dim": 16,
    "max_sequence_length": 12,
}


def sentencepiece_model() -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(WORDS)] * 20),
        model_writer=model,
        vocab_size=30,
        model_type="unigram",
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def bert_classifier() -> keras.Model:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = keras_hub.tokenizers.BertTokenizer(vocabulary=special + WORDS)
    return keras_hub.models.BertTextClassifier(
        keras_hub.models.BertBackbone(tokenizer.vocabulary_size(), **SIZES),
        num_classes=3,
        preprocessor=keras_hub.models.BertTextClassifierPreprocessor(
            tokenizer, sequence_length=8
        ),
    )


def xlm_roberta_classifier() -> keras.Model:
    tokenizer = keras_hub.tokenizers.XLMRobertaTokenizer(proto=sentencepiece_model())
    return keras_hub.models.XLMRobertaTextClassifier(
        keras_hub.models.XLMRobertaBackbone(tokenizer.vocabulary_size(), **SIZES),
        num_classes=3,
        preprocessor=keras_hub.models.XLMRobertaTextClassifierPreprocessor(
            tokenizer, sequence_length=8
        ),
    )


CLASSIFIERS = {"bert": bert_classifier, "xlm_roberta": xlm_roberta_classifier}
