"""Small utterances with intents and slots, and tokenizers that know their words."""

import functools
import io

import keras_hub
import sentencepiece

import keras_docs
from keras_docs.datasets.labelled_utterance import LabelledUtterance

TEMPLATES = [
    ("alarm_set", "wake me at {time}", "en-US"),
    ("alarm_set", "wecke mich um {time}", "de-DE"),
    ("play_music", "play {artist} {date}", "en-US"),
    ("play_music", "{date} spiele {artist}", "de-DE"),
    ("weather_query", "wie ist das wetter {date}", "de-DE"),
    ("weather_query", "{date}の天気は", "ja-JP"),
    ("alarm_set", "ปลุกฉันตอน{time}", "th-TH"),
]
VALUES = {
    "time": {
        "en-US": ["five am", "noon"],
        "de-DE": ["fünf uhr", "mittag"],
        "th-TH": ["ตีห้า", "เก้าโมงเช้า"],
    },
    "artist": {"en-US": ["abba", "the beatles"], "de-DE": ["abba", "die ärzte"]},
    "date": {
        "en-US": ["today", "this week"],
        "de-DE": ["heute", "diese woche"],
        "ja-JP": ["今日", "今週"],
    },
}


def utterances(count: int) -> list[LabelledUtterance]:
    """Records of `TEMPLATES`, in turn."""
    return [_utterance(row) for row in range(count)]


def _utterance(row: int) -> LabelledUtterance:
    intent, template, locale = TEMPLATES[row % len(TEMPLATES)]
    text, slots = "", []
    for part in template.replace("}", "{").split("{"):
        if part not in VALUES:
            text += part
            continue
        values = VALUES[part][locale]
        value = values[(row // len(TEMPLATES)) % len(values)]
        start, end = len(text), len(text) + len(value)
        slots.append({"type": part, "value": value, "start": start, "end": end})
        text += value
    return LabelledUtterance(text, intent, slots, locale, str(row), "train")


@functools.cache
def sentencepiece_model(size: int = 110, texts: tuple[str, ...] = ()) -> bytes:
    """A SentencePiece model trained on texts, or on the utterances."""
    texts = texts or tuple(record.text for record in utterances(56))
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        vocab_size=size,
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="identity",
        pad_id=0,
        unk_id=1,
        bos_id=2,
        eos_id=3,
        user_defined_symbols=["<mask>"],
        minloglevel=2,
    )
    return model.getvalue()


def tokenizer() -> keras_docs.MultilingualNLUTokenizer:
    """The family's own tokenizer."""
    return keras_docs.MultilingualNLUTokenizer(sentencepiece_model())


def preprocessor(**kwargs) -> keras_docs.MultilingualNLUPreprocessor:
    """A preprocessor that knows the intents and slots of `utterances`."""
    kwargs = {"sequence_length": 16, **kwargs}
    chosen = kwargs.pop("tokenizer", None) or tokenizer()
    return keras_docs.MultilingualNLUPreprocessor(chosen, **kwargs).adapt(
        utterances(56)
    )


def backbone(dtype=None, **kwargs) -> keras_docs.MultilingualNLUBackbone:
    """A backbone for `preprocessor()`."""
    sizes = {
        "vocabulary_size": tokenizer().vocabulary_size(),
        "num_layers": 1,
        "num_heads": 2,
        "hidden_dim": 8,
        "max_sequence_length": 16,
    }
    return keras_docs.MultilingualNLUBackbone(**{**sizes, **kwargs}, dtype=dtype)


def model(dtype=None, **kwargs) -> keras_docs.MultilingualNLU:
    """A task on `backbone()`."""
    return keras_docs.MultilingualNLU(backbone(dtype), preprocessor(), **kwargs)


def model_on_xlm_roberta(dtype=None) -> keras_docs.MultilingualNLU:
    """A task on KerasHub's encoder and tokenizer."""
    xlm_tokenizer = keras_hub.tokenizers.XLMRobertaTokenizer(sentencepiece_model())
    encoder = keras_hub.models.XLMRobertaBackbone(
        vocabulary_size=xlm_tokenizer.vocabulary_size(),
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=8,
        max_sequence_length=16,
        dtype=dtype,
    )
    encoded = preprocessor(tokenizer=xlm_tokenizer, special_tokens=True)
    return keras_docs.MultilingualNLU(
        encoder, encoded, pooling="cls", intent_hidden_dim=8, dropout=0.0
    )


def masked_lm(dtype=None) -> keras_docs.MultilingualNLUMaskedLM:
    """The pretraining task."""
    encoder = backbone(dtype, hidden_dim=32, dropout=0.0)
    return keras_docs.MultilingualNLUMaskedLM(encoder, preprocessor())


def encoded(count: int):
    """The backbone's inputs."""
    return preprocessor()([record.text for record in utterances(count)])


def seq_2_seq_preprocessor(**kwargs) -> keras_docs.MultilingualNLUSeq2SeqPreprocessor:
    """A preprocessor for encoder-decoders that knows the labels of `utterances`."""
    kwargs = {"sequence_length": 16, "prefix": "say: ", **kwargs}
    chosen = kwargs.pop("tokenizer", None) or tokenizer()
    return keras_docs.MultilingualNLUSeq2SeqPreprocessor(chosen, **kwargs).adapt(
        utterances(56)
    )


def short_utterances(count: int) -> list[LabelledUtterance]:
    """Records whose labels take one padded length, in any number."""
    records = utterances(7 * count)
    return [record for record in records if 3 < len(record.text.split()) < 6][:count]


def seq_2_seq(dtype=None, **kwargs) -> keras_docs.MultilingualNLUSeq2Seq:
    """A task that writes labels, on a small T5."""
    sizes = {
        "vocabulary_size": seq_2_seq_preprocessor().vocabulary_size,
        "num_layers": 1,
        "num_heads": 2,
        "hidden_dim": 8,
        "intermediate_dim": 16,
        "dropout": 0.0,
        "use_layout": False,
    }
    return keras_docs.MultilingualNLUSeq2Seq(
        keras_docs.DocFormerV2Backbone(**{**sizes, **kwargs}, dtype=dtype),
        seq_2_seq_preprocessor(),
    )
