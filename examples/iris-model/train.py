"""Makes the three files of this example: rust/src/model.csv, iris.csv and expected.csv.

    pip install numpy==2.4.6 scikit-learn==1.9.1
    python train.py

The data are Fisher's irises (R. A. Fisher, The Use of Multiple Measurements in Taxonomic Problems, Annals of
Eugenics 7, 1936) as scikit-learn has them. Every fifth flower of each species is kept from the training; the model
is never shown what iris.csv asks it about. The expected result is what scikit-learn itself says of these flowers.
"""

import csv
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
THRESHOLD = 0.75

iris = load_iris()
held_out = np.arange(len(iris.data)) % 5 == 4

pipeline = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-10, max_iter=10_000))
pipeline.fit(iris.data[~held_out], iris.target[~held_out])
print("accuracy on flowers held out:", pipeline.score(iris.data[held_out], iris.target[held_out]))

# The scaling is a part of the weights, so that they apply to centimetres.
scaler, regression = pipeline[0], pipeline[1]
weights = regression.coef_ / scaler.scale_
intercepts = regression.intercept_ - weights @ scaler.mean_


def write(name, header, rows):
    with open(HERE / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


write(
    "rust/src/model.csv",
    ["class", "intercept", *COLUMNS],
    # Twelve digits are more than the data have, and fewer than the order of additions could change.
    [
        [name, *(f"{number:.12g}" for number in (intercept, *row))]
        for name, intercept, row in zip(iris.target_names, intercepts, weights)
    ],
)

rows = iris.data[held_out]
species = iris.target_names[iris.target[held_out]]
write("iris.csv", ["flower", *COLUMNS, "species"], [
    [number + 1, *row, name]
    for number, row, name in zip(np.flatnonzero(held_out), rows.tolist(), species)
])

probabilities = pipeline.predict_proba(rows)
expected = []
for number, name, probability in zip(np.flatnonzero(held_out) + 1, species, probabilities):
    best = probability.argmax()
    predicted = iris.target_names[best] if probability[best] >= THRESHOLD else ""
    if number % 10 == 0:
        expected.append([number, name, predicted, round(float(probability[best]), 3)])
write("expected.csv", ["flower", "species", "predicted", "probability"], expected)

# No result may hang on the last digits.
shown = probabilities.max(axis=1)
assert np.abs(shown - THRESHOLD).min() > 1e-4
assert np.abs(shown * 1000 % 1 - 0.5).min() > 1e-4
