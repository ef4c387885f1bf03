"""What seqeval 1.2.2 answers to the random cases of the tests.

Its only release is a source archive that many versions of pip cannot build, so the
tests read the answers from `seqeval_answers.json`. To write them again:

    pip install seqeval==1.2.2 && python tests/metrics/seqeval_answers.py
"""

import json
import random
import warnings
from pathlib import Path

PATH = Path(__file__).with_suffix(".json")
TAGS = ["O", "B-a", "I-a", "B-b", "I-b"]


def tag_sequences():
    """Sequences of tags, well formed or not."""
    choose = random.Random(0)
    return [choose.choices(TAGS, k=choose.randint(1, 9)) for _ in range(300)]


def main():
    from seqeval.metrics import f1_score
    from seqeval.metrics.sequence_labeling import get_entities
    from test_nlu_metrics import bio, seeded_case

    scores = []
    for seed in range(250):
        _, _, right, found = seeded_case(seed)
        scores.append(f1_score(list(map(bio, right)), list(map(bio, found))))
    entities = [get_entities(sequence) for sequence in tag_sequences()]
    PATH.write_text(json.dumps({"f1": scores, "entities": entities}) + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
