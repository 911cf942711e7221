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
# # The five equations
#
# Stage 2 of the talk prints five equations: how the loss changes with each of a neuron's angles,
# norms and bias. Here they are derived from the loss, in the slides' notation, and each is checked
# against automatic differentiation on the run that the [article](../article.md) shows. Vectors
# carry arrows, $\alpha$ is a neuron, $s$ a sample, and $\langle\cdot\rangle$ the mean over
# samples.
#
# ## The setup
#
# A neuron computes $h^s_\alpha = \mathrm{ReLU}(\vec w^{(1)}_\alpha \cdot \vec x^s + b_\alpha)$,
# and the network's two outputs are $\vec z^s = \sum_\alpha \vec w^{(2)}_\alpha h^s_\alpha$. With
# the softmax $\vec p^s$ of $\vec z^s$ and the one-hot label $\vec y^s$ the loss is the mean of
# $L^s = -\sum_k y^s_k \log p^s_k$. The one fact about cross-entropy that is needed is its
# derivative
#
# $$\frac{\partial L^s}{\partial \vec z^s} = \vec p^s - \vec y^s = -\Delta\vec y^s .$$
#
# The error $\Delta\vec y^s = \vec y^s - \vec p^s$ has a norm $\|\Delta\vec y^s\|$ and an angle
# $\phi_{\Delta\vec y^s}$ in the plane of the two outputs. The neuron's outgoing weights have norm
# $\|\vec w^{(2)}_\alpha\|$ and angle $\phi_\alpha$ in the same plane.
#
# ## Two outputs leave one direction
#
# Probabilities add up to one, so the two components of $\Delta\vec y^s$ add up to zero:
#
# $$\Delta\vec y^s = e^s\,(1,\,-1), \qquad \|\Delta\vec y^s\| = \sqrt2\,|e^s| .$$
#
# The error always points along one line. It lies half a right
# angle below the first axis for one class, and points the opposite way for the other. Two things
# follow, exactly:
#
# - The part of $\vec w^{(2)}_\alpha$ along $(1, 1)$ receives no gradient. It keeps its initial
#   value forever.
# - In the end, $\phi_\alpha$ approaches one of the two directions of the error, as the part along
#   $(1, -1)$ outgrows the part along $(1, 1)$. A neuron that unlocks first moves away from the
#   direction to which it started nearer, because its part along $(1, -1)$ has to cross zero.
#
# In the run the medians at the end are ${{ n.phi_1 }}^\circ$ in the first cluster and
# ${{ n.phi_2 }}^\circ$ in the second.
#
# {{ figure("outgoing") }}
#
# ## Outgoing weights
#
# By the chain rule, with $\partial \vec z^s/\partial \vec w^{(2)}_\alpha = h^s_\alpha$,
#
# $$\left\langle\frac{\partial L^s}{\partial \vec w^{(2)}_\alpha}\right\rangle
#   = -\left\langle h^s_\alpha\, \Delta\vec y^s \right\rangle .$$
#
# Split this into a part along $\vec w^{(2)}_\alpha$ and a part at right angles to it. In polar
# coordinates $\vec w^{(2)}_\alpha = \|\vec w^{(2)}_\alpha\|(\cos\phi_\alpha, \sin\phi_\alpha)$.
# The derivative along the norm is the product with the unit vector, that along the angle the
# product with the unit vector a right angle further, times the radius. Two plane vectors at angles
# $\phi_{\Delta\vec y^s}$ and $\phi_\alpha$ have these products with cosine and sine of the
# difference:
#
# $$\left\langle\frac{\partial L^s}{\partial \|\vec w^{(2)}_\alpha\|}\right\rangle
#   = -\left\langle h^s_\alpha \|\Delta\vec y^s\|
#     \cos(\phi_{\Delta\vec y^s} - \phi_\alpha)\right\rangle ,$$
#
# $$\left\langle\frac{\partial L^s}{\partial \phi_\alpha}\right\rangle
#   = -\|\vec w^{(2)}_\alpha\| \left\langle h^s_\alpha \|\Delta\vec y^s\|
#     \sin(\phi_{\Delta\vec y^s} - \phi_\alpha)\right\rangle .$$
#
# These are the slide's first two, to the letter. A closed neuron has $h^s_\alpha = 0$, so no gate
# has to be written.
#
# ## Incoming weights
#
# Let $g^s_\alpha$ be the gate, one where the neuron is active and zero elsewhere: it is the
# derivative of the ReLU. Then
#
# $$\begin{aligned} \frac{\partial L^s}{\partial \vec w^{(1)}_\alpha}
#   &= -g^s_\alpha \,(\vec w^{(2)}_\alpha\cdot\Delta\vec y^s)\,\vec x^s \\
#   &= -\|\vec w^{(2)}_\alpha\|\; \underbrace{g^s_\alpha \|\Delta\vec y^s\|
#     \cos(\phi_{\Delta\vec y^s} - \phi_\alpha)\,\vec x^s}_{\vec\gamma^s_\alpha} .
#   \end{aligned}$$
#
# The slides use $\vec\gamma$ without defining it. This $\vec\gamma$ is our reading, and with it
# the printed equations come out. With
# $\theta_{\langle\vec\gamma^s_\alpha\rangle}-\theta_\alpha$ for the angle between
# $\langle\vec\gamma^s_\alpha\rangle$ and $\vec w^{(1)}_\alpha$ in the plane that the two span,
#
# $$\left\langle\frac{\partial L^s}{\partial \|\vec w^{(1)}_\alpha\|}\right\rangle
#   = -\|\vec w^{(2)}_\alpha\| \|\langle\vec\gamma^s_\alpha\rangle\|
#     \cos(\theta_{\langle\vec\gamma^s_\alpha\rangle} - \theta_\alpha) ,$$
#
# $$\left\langle\frac{\partial L^s}{\partial \theta_\alpha}\right\rangle
#   = -\|\vec w^{(2)}_\alpha\| \|\vec w^{(1)}_\alpha\| \|\langle\vec\gamma^s_\alpha\rangle\|
#     \sin(\theta_{\langle\vec\gamma^s_\alpha\rangle} - \theta_\alpha) .$$
#
# The slide writes an index $i$ on both angles, as for one of several angles of a vector in many
# dimensions. A derivative along the norm cannot depend on such an index. We read it as the single
# angle in the plane of $\vec w^{(1)}_\alpha$ and $\langle\vec\gamma^s_\alpha\rangle$; all turning
# happens in that plane, because the gradient lies in it.
#
# ## The bias
#
# The bias is the weight of an input that is always one. Put one in the place of $\vec x^s$:
#
# $$\left\langle\frac{\partial L^s}{\partial b_\alpha}\right\rangle
#   = -\|\vec w^{(2)}_\alpha\| \left\langle g^s_\alpha \|\Delta\vec y^s\|
#     \cos(\phi_{\Delta\vec y^s} - \phi_\alpha)\right\rangle .$$
#
# The slide has the factor $\|\vec w^{(2)}_\alpha\|$ but not the gate $g^s_\alpha$. Without the
# gate the equation would let a closed neuron's bias move, although it has no influence on the
# loss. The next chart shows that the gate matters.
#
# ## Live check
#
# Each of the five on the left, automatic differentiation on the right, at every time that the
# charts show, for all {{ n.width }} neurons. The residual is the largest difference over the
# neurons, divided by the largest derivative. The five equations agree with automatic
# differentiation to ${{ n.residual_worst }}$; the bias equation as printed is off by up to
# {{ n.residual_printed }}.
#
# {{ figure("residuals") }}
#
# The same as numbers, from the file behind the chart:

# %%
import json
import os
from pathlib import Path

file = Path(os.environ["DOCS_DATA"], "appendix", "equations.json")
rows = json.loads(file.read_text("utf-8"))["rows"]
for name in dict.fromkeys(row["equation"] for row in rows):
    print(f"{name:14} {max(row['residual'] for row in rows if row['equation'] == name):.0e}")

# %% [markdown]
# The code is `racing_core/theory.py` for the equations and `export/data/appendix.py` for automatic
# differentiation. What follows from the equations is [the next page](race.py).
