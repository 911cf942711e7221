# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From the equations to the race
#
# The [five equations](equations.py) are exact and very hard to solve. This page makes two
# simplifications, solves what is left, and compares the solution with the run, to see where it
# holds and where it ends. The derivation is ours; the idea to look for a regime that is valid and
# useful is the talk's.
#
# ## Two variables
#
# Join the bias to the incoming weights, $W_\alpha = [\vec w^{(1)}_\alpha, b_\alpha]$, and a one to
# each input, $X^s = [\vec x^s, 1]$. Of the outgoing weights only the part along the error's line
# counts ([why](equations.py#two-outputs-leave-one-direction)); call it
# $c_\alpha = (w^{(2)}_{\alpha,0} - w^{(2)}_{\alpha,1})/\sqrt2$. With the errors $e^s$ and the pull
#
# $$\Gamma_\alpha = \langle g^s_\alpha\, e^s\, X^s\rangle$$
#
# gradient flow, in the time $t = \eta \cdot \text{steps}$ with the learning rate $\eta$, reads
#
# $$\dot W_\alpha = \sqrt2\, c_\alpha\, \Gamma_\alpha , \qquad
#   \dot c_\alpha = \sqrt2\, W_\alpha\cdot\Gamma_\alpha .$$
#
# Nothing but the size of the steps has been neglected yet: $h^s = g^s\, W\cdot X^s$ is true on
# either side of the gate. All coupling between neurons is in the errors, and all nonlinearity of a
# neuron is in its gates.
#
# ## What is constant early
#
# While the network's outputs are small every probability is near one half, so
# $|e^s| \approx \tfrac12$ for every sample. At step {{ n.phase_step }} the mean of $|e^s|$ is
# still {{ n.error_at_300 }}; by step {{ n.settled_step }} it is {{ n.error_at_500 }}. If the gates
# were constant as well, then so would be $\Gamma_\alpha$, and the system would be linear.
#
# ## Early dynamics
#
# Split $W_\alpha$ into its component $p_\alpha = W_\alpha\cdot\Gamma_\alpha/\|\Gamma_\alpha\|$
# along the pull and the rest $W^\perp_\alpha$, and let
# $\lambda_\alpha = \sqrt2\,\|\Gamma_\alpha\|$.
#
# **Proposition 1.** Let a network of one hidden ReLU layer follow gradient flow, and let two
# conditions hold for the times from $0$ to $T$:
#
# - **(E)** the errors do not change: $e^s(t) = e^s(0)$ for every sample $s$;
# - **(G)** the gates do not change: $g^s_\alpha(t) = g^s_\alpha(0)$ for every $s$.
#
# Then for every neuron with $\Gamma_\alpha \neq 0$ and all these times:
#
# - **(i)** $W^\perp(t) = W^\perp(0)$, and $p(t) \pm c(t) = (p(0) \pm c(0))\, e^{\pm\lambda t}$.
# - **(ii)** If $p(0) + c(0) \neq 0$, the cosine of $W$ with
#   $\operatorname{sign}(p(0)+c(0))\,\Gamma$ tends to one as $\lambda T$ grows. It reaches
#   $a$ at the time $t^*$ at which $|p| = \kappa\,\|W^\perp\|$, where $\kappa = a/\sqrt{1-a^2}$; up
#   to a term that dies as $e^{-2\lambda t^*}$,
#   $$t^* = \frac1\lambda \log\frac{2\,\kappa\,\|W^\perp\|}{|p(0)+c(0)|} .$$
# - **(iii)** Two neurons with the same gates have the same $\Gamma$ and the same $\lambda$. The
#   ratio of their $|p\,c|$ tends to $\big((p_1(0)+c_1(0))/(p_2(0)+c_2(0))\big)^2$. If their
#   $\|W^\perp\|$ are equal, that is $e^{2\lambda\tau}$, where $\tau$ is by how much the first one
#   arrives earlier.
# - **(iv)** $c$ changes its sign if and only if $c(0)$ and $p(0)+c(0)$ have different signs and
#   $\lambda T$ is large enough. It does so once, at
#   $$t_0 = \frac1{2\lambda} \log\frac{p(0)-c(0)}{p(0)+c(0)} .$$
#
# *Proof.* By (E) and (G) $\Gamma$ is constant. $\dot W$ is along $\Gamma$, so $W^\perp$ is
# constant, and the two equations above become $\dot p = \lambda c$ and $\dot c = \lambda p$. Adding
# and subtracting them gives $\frac{d}{dt}(p \pm c) = \pm\lambda\,(p \pm c)$, which is (i). From
# (i), $2p = (p+c)(0)\,e^{\lambda t} + (p-c)(0)\,e^{-\lambda t}$; the first term outgrows any
# constant, so $|p|/\|W^\perp\|$ grows without bound, and $|p| = \kappa\|W^\perp\|$ without the
# second term is the equation of (ii). $\Gamma$ depends on a neuron through its gates alone. By (i),
# $4\,p\,c$ is $(p+c)(0)^2 e^{2\lambda t} - (p-c)(0)^2 e^{-2\lambda t}$; the ratio of two of these
# tends to the ratio of the first factors, which by (ii) is $e^{2\lambda\tau}$: that is (iii).
# Finally $2c = (p+c)(0)\,e^{\lambda t} - (p-c)(0)\,e^{-\lambda t}$ vanishes where
# $e^{2\lambda t} = (p-c)(0)/(p+c)(0)$. The right side is above one, and so $t_0 > 0$, exactly if
# $c(0)$ and $(p+c)(0)$ have different signs. ∎
#
# Each line is checked by a test of its own in `tests/racing_core/test_proposition.py`: (i) to (iv)
# by steps of gradient descent with errors and gates held, and the two equations that it starts from
# by automatic differentiation, with nothing held. Neither condition holds exactly for any time in a
# real run. How well they hold, and for how long, is [measured below](#where-it-ends).
#
# ## What it says of the race
#
# - **Turning is growing.** $W$ turns toward $\pm\Gamma$ because its component there grows while the
#   others stay (i, ii). That an early arrival and a large norm go together is therefore the
#   mechanism itself, not evidence for it.
# - **The time to arrive has no scale in it.** A smaller initialization makes $\|W^\perp\|$ and
#   $p(0)+c(0)$ smaller alike (ii); it postpones not the arrival but the drop of the loss. What is
#   near at the start is not $p$ by itself but $p + c$, incoming and outgoing weights together
#   ([who wins](../article.md#who-wins)).
# - **An early arrival pays exponentially**, and in terms of the start the norm product goes as the
#   square of $p(0) + c(0)$: relative leads are squared (iii), until the errors die for all at once.
# - **Some neurons must unlock.** Where $c$ and $p + c$ differ in sign, the outgoing weight has to
#   pass zero first (iv): our definition of [unlocking](../article.md#unlocking).
#
# In the run the median of $\lambda$ is {{ n.rate_at_start }} at the start and {{ n.rate_at_200 }}
# at step {{ n.rate_step }}: for the median neuron, growth by a factor of $e$ in
# {{ n.growth_time }} steps.
#
# ## Compared with the run
#
# {{ figure("prediction") }}
#
# For every neuron of the two largest clusters, from the initial weights alone, the predicted norm
# product is off by {{ n.miss_from_0 }} (median) after {{ n.arrival_gap }} steps and by
# {{ n.miss_from_0_later }} after twice as many. Started at step {{ n.rate_step }} it is off by
# {{ n.miss_from_200 }} after {{ n.arrival_gap }} steps.

# %% tags=["remove_input"]
import json
import os
from pathlib import Path

file = Path(os.environ["DOCS_DATA"], "appendix", "prediction.json")
rows = json.loads(file.read_text("utf-8"))["rows"]
last = max(row["step"] for row in rows if "from_0" in row)
print(f"At step {last}, predicted from step 0:")
print("neuron           measured  predicted")
for row in rows:
    if row["step"] == last:
        who = f"{row['neuron']:3}, {row['place']}"
        print(f"{who:15}  {row['measured']:.2e}  {row['from_0']:.2e}")

# %% [markdown]
# ## Where it ends
#
# {{ figure("assumptions") }}
#
# The two assumptions fail at different times. The gates go first. Between the start and step
# {{ n.arrival_gap }} a third of them change, because a neuron that turns sees other samples than
# before; {{ n.gates_at_100 }} are then as they were. The new gates suit the new direction, the
# pull gets longer, and the neurons are faster than predicted. Once a cluster has gathered, its
# neurons have their gates in common, and the linear theory, started afresh, is good again. The
# errors go next. From step {{ n.settled_step }} on they differ between samples and shrink: started
# at the last of the four times, the theory overshoots by {{ n.miss_from_300 }} within twice
# {{ n.arrival_gap }} steps. What happens afterward, when the shared direction turns and the loss
# goes to zero, is out of its reach.
#
# ## What is conserved
#
# From the two equations $\frac{d}{dt}\|W\|^2 = 2\sqrt2\, c\, W\cdot\Gamma = \frac{d}{dt} c^2$, and
# the other part of $\vec w^{(2)}$ does not move. Hence for every neuron, with no approximation
# other than that steps are small,
#
# $$\|\vec w^{(1)}_\alpha\|^2 + b_\alpha^2 - \|\vec w^{(2)}_\alpha\|^2 = \text{const.}$$
#
# This is the balance of homogeneous networks (Du, Hu and Lee,
# [arXiv:1806.00900](https://arxiv.org/abs/1806.00900),
# [DOI](https://doi.org/10.48550/arXiv.1806.00900)). It is why both norms grow together.
# Exactly conserved, also by finite steps, are the part of $\vec w^{(2)}_\alpha$ along $(1, 1)$ and
# the part of $\vec w^{(1)}_\alpha$ at right angles to all samples. A finite step moves the balance
# by an amount of the order of $\eta^2$ per step. In the run the largest change is below
# ${{ n.balance_drift }}$ of the largest $\|W\|^2$; the exact one is below ${{ n.sum_drift }}$,
# which is rounding.
#
# {{ figure("conserved") }}
