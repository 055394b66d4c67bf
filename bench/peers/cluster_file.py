#!/usr/bin/env python3
"""k-means of a .npy file from its first rows, by scikit-learn, as one process.

    cluster_file.py ROWS.npy LABELS.csv CLUSTERS ROUNDS
"""

import sys

import numpy
from sklearn.cluster import KMeans

rows, out, k, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
x = numpy.load(rows)
labels = KMeans(k, init=x[:k], n_init=1, max_iter=rounds, tol=0).fit_predict(x)
table = numpy.column_stack((numpy.arange(len(x)), labels))
numpy.savetxt(out, table, fmt="%d", delimiter=",", header="row,label", comments="")
