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
# The [five equations](../equations/) are exact and very hard to solve. This page makes two
# simplifications, solves what is left, and lays the solution over the run, to see where it holds
# and where it ends. The derivation is ours; the idea to look for a regime that is valid and useful
# is the talk's.
#
# ## Two variables
#
# Join the bias to the incoming weights, $W_\alpha = [\vec w^{(1)}_\alpha, b_\alpha]$, and a one to
# each input, $X^s = [\vec x^s, 1]$. Of the outgoing weights only the part along the error's line
# counts ([why](../equations/#two-outputs-leave-one-direction)); call it
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
# either side of the gate. All coupling between neurons hides in the errors, and all non-linearity
# of a neuron in its gates.
#
# ## What is constant early
#
# While the network's outputs are small every probability is near one half, so
# $|e^s| \approx \tfrac12$ for every sample. At step {{ n.phase_step }} the mean of $|e^s|$ is
# still {{ n.error_at_300 }}; by step {{ n.settled_step }} it is {{ n.error_at_500 }}. If the gates
# were constant as well, then so would be $\Gamma_\alpha$, and the system would be linear.
#
# ## The growing mode
#
# Split $W$ into its component $p$ along $\Gamma/\|\Gamma\|$ and the rest, which receives no push
# at all. What is left are two numbers a neuron:
#
# $$\dot p = \lambda\, c, \qquad \dot c = \lambda\, p, \qquad \lambda = \sqrt2\,\|\Gamma\| .$$
#
# Their half sum grows and their half difference dies,
#
# $$\frac{p + c}2 \propto e^{\lambda t}, \qquad \frac{p - c}2 \propto e^{-\lambda t} .$$
#
# From here everything in the race can be read off.
#
# - **Turning is growing.** $W$ turns towards $\pm\Gamma$ because its component there grows while
#   the others stay. A neuron has turned when $|p|$ exceeds the rest.
# - **The time to arrive** is the logarithm of (rest of $W$) over $|p(0)+c(0)|/2$, divided by
#   $\lambda$. There is no scale in it: a smaller initialisation makes both smaller alike, and
#   postpones not the arrival but the drop of the loss. What is near at the start is not $p$ by
#   itself but $p + c$, incoming and outgoing weights together
#   ([who wins](../../article/#who-wins)).
# - **An early arrival pays exponentially.** After the arrival $p$ and $c$ both grow at the rate
#   $\lambda$, their product at $2\lambda$. Neurons with the same gates share $\Gamma$, hence
#   $\lambda$. So a neuron that arrives a time $\tau$ before another with an equally long rest
#   stays ahead by the factor $e^{2\lambda\tau}$, until the errors die for both at once. In terms of
#   the start, the norm product goes as the square of $p(0) + c(0)$: relative leads are squared.
# - **The sign** of $p + c$ says to which side the neuron goes. Where $c$ and $p + c$ differ in
#   sign the outgoing weight has to pass zero first: our definition of unlocking.
#
# In the run the median of $\lambda$ is {{ n.rate_at_start }} at the start and {{ n.rate_at_200 }}
# at step {{ n.rate_step }}: for the median neuron, growth by a factor of $e$ in
# {{ n.growth_time }} steps.
#
# ## Laid over the run
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
# {{ n.arrival_gap }} steps. What happens afterwards, when the shared direction turns and the loss
# goes to zero, is outside of its reach.
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
# by an amount of the order of $\eta^2$ a step. In the run the largest change is below
# ${{ n.balance_drift }}$ of the largest $\|W\|^2$; the exact one is below ${{ n.sum_drift }}$,
# which is rounding.
#
# {{ figure("conserved") }}
