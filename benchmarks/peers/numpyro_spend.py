"""The model of optimise.spend in numpyro (NUTS); runs in an environment of its own, with numpyro installed.

Reads spend, base, outcome and the prior from stdin, prints what each channel brings in a week: mean and deviation.
"""

import json
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as law
from numpyro.infer import MCMC, NUTS

numpyro.enable_x64()
given = {name: np.array(values) for name, values in json.load(sys.stdin).items()}
spend, lags = given["spend"], int(given["lags"])
channels = spend.shape[1]
ahead = np.repeat(spend[:lags].mean(0, keepdims=True), lags - 1, 0)
whole = np.concatenate([ahead, spend])
lagged = np.stack([whole[lags - 1 - lag : len(whole) - lag] for lag in range(lags)])
lag = jnp.arange(lags)[:, None]


def model():
    values = numpyro.sample("values", law.Normal(given["centre"], given["spread"]).to_event(1))
    noise = numpyro.sample("noise", law.HalfNormal(0.3))
    weights = jax.nn.sigmoid(values[:channels]) ** lag
    half, most = jnp.exp(values[channels : 2 * channels]), jnp.exp(values[2 * channels : 3 * channels])
    stock = jnp.einsum("lc,lwc->wc", weights / weights.sum(0), lagged)
    brought = most * stock / (stock + half)
    numpyro.deterministic("brought", brought.mean(0))
    said = given["base"] @ values[3 * channels :] + brought.sum(1)
    numpyro.sample("outcome", law.Normal(said, noise), obs=given["outcome"])


begun = time.perf_counter()
chains = MCMC(NUTS(model, target_accept_prob=0.9), num_warmup=800, num_samples=1000, num_chains=2,
              chain_method="sequential", progress_bar=False)
chains.run(jax.random.PRNGKey(0))
found = np.array(chains.get_samples()["brought"])
print(json.dumps({"numpyro": numpyro.__version__, "seconds": time.perf_counter() - begun,
                  "mean": found.mean(0).tolist(), "deviation": found.std(0).tolist()}))
