"""What lifelines, scikit-learn and lifetimes answer to questions of the commercial measures, under another Python.

    pip install lifelines==0.30.3 scikit-learn==1.9.1 lifetimes==0.11.3
    PYTHON commercial_oracles.py ../shared/data/commercial

Prints one JSON object; tests/textbook/test_commercial_oracles.py holds what it printed and asks the same of ours.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas
from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter
from lifelines.utils import concordance_index
from lifetimes import BetaGeoFitter, ParetoNBDFitter
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold

MONTHS = (12, 24, 60, 72)
HISTORIES = ((2.0, 30.43, 38.86), (0.0, 0.0, 30.0), (6.0, 35.0, 39.0))
"""Repeat purchases, weeks of the last and of today since the first."""


def main():
    """Ask each once."""
    folder = Path(sys.argv[1])
    warnings.filterwarnings("ignore")
    told = {**survival(folder), **competing(), **chances(folder), **uplift(folder), **buying(folder)}
    print(json.dumps(told, indent=1))


def telco(folder):
    """Return months, who left, and what is known as numbers, one column for each value but the first."""
    table = pandas.read_csv(folder / "telco_churn.csv")
    left = (table["Churn"] == "Yes").to_numpy()
    known = table.drop(columns=["customerID", "Churn", "TotalCharges", "tenure"])
    return table["tenure"].clip(lower=1).to_numpy(), left, pandas.get_dummies(known, drop_first=True).astype(float)


def survival(folder):
    """Kaplan-Meier, and Cox by five folds."""
    months, left, known = telco(folder)
    curve = KaplanMeierFitter().fit(months, left)
    ends = curve.confidence_interval_
    told = {str(at): [float(curve.predict(at)), *map(float, ends[ends.index <= at].iloc[-1])] for at in MONTHS}
    known = known.loc[:, ~known.T.duplicated()].assign(months=months, left=left)
    index = []
    for here, there in KFold(5, shuffle=True, random_state=1).split(known):
        law = CoxPHFitter(penalizer=0.001).fit(known.iloc[here], "months", "left")
        index.append(concordance_index(months[there], -law.predict_partial_hazard(known.iloc[there]), left[there]))
    small = known.iloc[:300]
    return {"kaplan_meier": told, "cox_c_index": float(np.mean(index)),
            "concordance_of_charges": concordance_index(small["months"], -small["MonthlyCharges"], small["left"])}


def rivals(count=400):
    """Return how long cases lasted and how they left (0: open still, 1, 2), no two alike; the same everywhere."""
    place = (np.arange(count) * 0.6180339887498949) % 1.0
    other = (np.arange(count) * 0.7548776662466927) % 1.0
    seen, lasted = np.minimum(10.0 + 60.0 * other, 40.0), -25.0 * np.log(1.0 - place)
    exits = np.where((np.arange(count) * 0.5698402909980532) % 1.0 < 0.35, 1, 2)
    return np.minimum(seen, lasted), np.where(lasted <= seen, exits, 0)


def competing():
    """Aalen-Johansen of two exits."""
    lasted, exits = rivals()
    told = {}
    for way in (1, 2):
        law = AalenJohansenFitter(calculate_variance=False).fit(lasted, exits, event_of_interest=way)
        density = law.cumulative_density_.iloc[:, 0]
        told[str(way)] = [float(density[density.index <= at].iloc[-1]) for at in (10, 30, 40)]
    return {"aalen_johansen": told}


def chances(folder):
    """Logistic regression with a ridge, its area under the curve, and the line that recalibrates it."""
    months, left, known = telco(folder)
    design = np.column_stack([months, known[["MonthlyCharges", "Contract_One year", "Contract_Two year"]]])
    standard = (design - design.mean(axis=0)) / design.std(axis=0)
    law = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(standard, left)
    effect = law.coef_[0] / design.std(axis=0)
    score = standard @ law.coef_[0] + law.intercept_[0]
    line = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(0.5 * score[:, None] - 0.3, left)
    return {"logistic": [float(law.intercept_[0] - effect @ design.mean(axis=0)), *map(float, effect)],
            "auc": roc_auc_score(left, score), "recalibration": [float(line.intercept_[0]), float(line.coef_[0, 0])]}


def uplift(folder):
    """Gain of the e-mail to women in the best tenth, by two logistic regressions and twelve lots of five folds."""
    table = pandas.read_csv(folder / "hillstrom.csv").query("segment != 'Mens E-Mail'").reset_index(drop=True)
    known = pandas.concat([table[["recency", "history", "mens", "womens", "newbie"]],
                           pandas.get_dummies(table[["zip_code", "channel"]], drop_first=True)], axis=1).astype(float)
    design = ((known - known.mean()) / known.std(ddof=0)).to_numpy()
    treated, visit = (table["segment"] == "Womens E-Mail").to_numpy(), table["visit"].to_numpy()
    gains = []
    for lot in range(12):
        score = np.zeros(len(visit))
        for here, there in KFold(5, shuffle=True, random_state=lot).split(design):
            yes, no = here[treated[here]], here[~treated[here]]
            told = [LogisticRegression(C=1.0).fit(design[arm], visit[arm]).predict_proba(design[there])[:, 1]
                    for arm in (yes, no)]
            score[there] = told[0] - told[1]
        best = np.argsort(-score)[:len(score) // 10]
        gains.append(visit[best][treated[best]].mean() - visit[best][~treated[best]].mean())
    return {"best_tenth": [float(np.mean(gains)), float(np.min(gains)), float(np.max(gains))]}


def buying(folder):
    """BG/NBD and Pareto/NBD on the published histories: parameters, chance to be there, purchases of 39 weeks."""
    table = pandas.read_csv(folder / "cdnow_summary.csv")
    told = table["frequency"], table["recency"], table["T"]
    repeats, last, age = (np.array(column) for column in zip(*HISTORIES, strict=True))
    found = {}
    for name, law in (("bg_nbd", BetaGeoFitter()), ("pareto_nbd", ParetoNBDFitter())):
        law.fit(*told, tol=1e-9)
        found[name] = {
            "parameters": [float(one) for one in law.params_],
            "alive": [float(one) for one in np.ravel(law.conditional_probability_alive(repeats, last, age))],
            "expected": [float(law.conditional_expected_number_of_purchases_up_to_time(39, *history))
                         for history in HISTORIES]}
    return found


if __name__ == "__main__":
    main()
