"""One timed peer TabTransformer in its own process, under the peers' interpreter.

Each peer gets the sizes of the paper as far as it allows, AdamW, batch 256, and the
preprocessing that its user has to run. What differs, and cannot be set:

- pytorch-widedeep: ReLU instead of SELU.
- pytorch-tabular: attention heads of 32 instead of 4; ReLU; adds its own checks.
- tab-transformer-pytorch: GEGLU (twice the first feed-forward layer), pre-norm, no
  batch norm; its hyper-connections are switched off (`num_residual_streams=1`).
"""

from __future__ import annotations

import logging
import warnings

import numpy as np
import pandas as pd
import torch
from speed_case import (
    BATCH,
    DIM,
    DROPOUT,
    HEADS,
    LAYERS,
    arguments,
    columns,
    measure,
)

NETWORK: list[torch.nn.Module] = []


def joint_width(categorical: list[str], numeric: list[str]) -> int:
    """Width of the feature vector that enters the MLP."""
    return DIM * len(categorical) + len(numeric)


def fit_widedeep(train, record, epochs, clock):
    from pytorch_widedeep import Trainer
    from pytorch_widedeep.callbacks import Callback
    from pytorch_widedeep.models import TabTransformer, WideDeep
    from pytorch_widedeep.preprocessing import TabPreprocessor

    class Tick(Callback):
        def on_epoch_end(self, epoch, logs=None, metric=None):
            clock.tick()

    categorical, numeric = columns(train, record)
    preprocessor = TabPreprocessor(
        cat_embed_cols=categorical,
        continuous_cols=numeric or None,
        cols_to_scale=numeric or None,
        with_attention=True,
        shared_embed=True,
        verbose=0,
    )
    table = preprocessor.fit_transform(train)
    width = joint_width(categorical, numeric)
    network = TabTransformer(
        column_idx=preprocessor.column_idx,
        cat_embed_input=preprocessor.cat_embed_input,
        continuous_cols=numeric or None,
        shared_embed=True,
        frac_shared_embed=1 / 8,
        input_dim=DIM,
        n_heads=HEADS,
        n_blocks=LAYERS,
        attn_dropout=DROPOUT,
        ff_dropout=DROPOUT,
        ff_factor=4,
        mlp_hidden_dims=[4 * width, 2 * width],
        mlp_batchnorm=True,
    )
    model = WideDeep(deeptabular=network)
    NETWORK.append(model)
    trainer = Trainer(
        model,
        objective="binary",
        optimizers=torch.optim.AdamW(model.parameters(), lr=1e-3),
        callbacks=[Tick()],
        verbose=0,
        num_workers=0,
        device="cpu",
    )
    target = train[record.target].to_numpy()
    trainer.fit(X_tab=table, target=target, n_epochs=epochs, batch_size=BATCH)
    return lambda frame: trainer.predict_proba(
        X_tab=preprocessor.transform(frame), batch_size=BATCH
    )[:, 1]


def fit_tabular(train, record, epochs, clock):
    from pytorch_lightning.callbacks import Callback
    from pytorch_tabular import TabularModel
    from pytorch_tabular.config import DataConfig, OptimizerConfig, TrainerConfig
    from pytorch_tabular.models import TabTransformerConfig

    class Tick(Callback):
        def on_train_epoch_end(self, trainer, module):
            clock.tick()

    categorical, numeric = columns(train, record)
    width = joint_width(categorical, numeric)
    model = TabularModel(
        data_config=DataConfig(
            target=[record.target],
            categorical_cols=categorical,
            continuous_cols=numeric,
            num_workers=0,
        ),
        model_config=TabTransformerConfig(
            task="classification",
            input_embed_dim=DIM,
            num_heads=HEADS,
            num_attn_blocks=LAYERS,
            share_embedding=True,
            shared_embedding_fraction=1 / 8,
            attn_dropout=DROPOUT,
            add_norm_dropout=DROPOUT,
            ff_dropout=DROPOUT,
            transformer_activation="GELU",
            head_config={
                "layers": f"{4 * width}-{2 * width}",
                "activation": "ReLU",
                "use_batch_norm": True,
            },
        ),
        optimizer_config=OptimizerConfig(optimizer="AdamW"),
        trainer_config=TrainerConfig(
            batch_size=BATCH,
            max_epochs=epochs,
            accelerator="cpu",
            early_stopping=None,
            checkpoints=None,
            load_best=False,
            progress_bar="none",
            trainer_kwargs={
                "enable_model_summary": False,
                "limit_val_batches": 0,
                "num_sanity_val_steps": 0,
            },
        ),
        verbose=False,
    )
    # It always wants validation rows; they are not run.
    model.fit(train=train, validation=train.head(BATCH), callbacks=[Tick()])
    NETWORK.append(model.model)

    def predict(frame):
        answer = model.predict(frame, progress_bar="none")
        return answer.filter(regex="_1_probability$").iloc[:, 0].to_numpy()

    return predict


def fit_lucidrains(train, record, epochs, clock):
    from tab_transformer_pytorch import TabTransformer

    categorical, numeric = columns(train, record)
    values = {c: train[c].dropna().unique() for c in categorical}
    mean, sd = train[numeric].mean(), train[numeric].std().replace(0, 1)

    def tensors(frame):
        codes = [pd.Categorical(frame[c], categories=values[c]).codes for c in values]
        numbers = ((frame[numeric] - mean) / sd).to_numpy(np.float32)
        return (
            torch.from_numpy(np.stack(codes, axis=1).astype(np.int64)),
            torch.from_numpy(numbers),
        )

    model = TabTransformer(
        categories=tuple(len(values[c]) for c in categorical),
        num_continuous=len(numeric),
        dim=DIM,
        depth=LAYERS,
        heads=HEADS,
        dim_head=DIM // HEADS,
        mlp_act=torch.nn.SELU(),
        attn_dropout=DROPOUT,
        ff_dropout=DROPOUT,
        num_residual_streams=1,
    )
    NETWORK.append(model)
    x_categ, x_cont = tensors(train)
    y = torch.from_numpy(train[record.target].to_numpy(np.float32))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    loss_of = torch.nn.BCEWithLogitsLoss()
    model.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(y)).split(BATCH):
            optimizer.zero_grad()
            logits = model(x_categ[batch], x_cont[batch]).squeeze(1)
            loss_of(logits, y[batch]).backward()
            optimizer.step()
        clock.tick()
    model.eval()

    @torch.no_grad()
    def predict(frame):
        a, b = tensors(frame)
        parts = [
            torch.sigmoid(model(i, j)).squeeze(1)
            for i, j in zip(a.split(BATCH), b.split(BATCH), strict=True)
        ]
        return torch.cat(parts).numpy()

    return predict


FIT = {
    "pytorch-widedeep": fit_widedeep,
    "pytorch-tabular": fit_tabular,
    "tab-transformer-pytorch": fit_lucidrains,
}


def main() -> None:
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    args = arguments(tuple(FIT))
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    measure(
        args,
        FIT[args.model],
        lambda: sum(p.numel() for p in NETWORK[0].parameters()),
    )


if __name__ == "__main__":
    main()
