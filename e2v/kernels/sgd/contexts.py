"""Contexts: who is trained with a centre. The words in its window, or the other items of its set.

A set may be of the subset of a larger one (`sentences`), and may have an item twice, which is no partner of
itself. span: the sentence or set is space.sentence[span[0] : span[1]].
"""

import numpy as np

from e2v.kernels.codegen.cache import helper
from e2v.kernels.sgd.sampling import draw_below
from e2v.kernels.sgd.shares import add_share, clear_shares
from e2v.kernels.sgd.steps import add_mean


@helper
def list_context(plan, space, sets, cbow, shared, group, span, outputs):
    """List the inputs of the centres group[0] : group[1], words or means; returns (their number, pairs).

    outputs: where the centres' are. For CBOW, a pair is a context and its centre. Windows draw each centre's
    reach (if dynamic).
    """
    if cbow is not None:
        return list_means(plan, space, sets, shared, group, span, outputs)
    if shared is not None:
        return share_context(plan, space, sets, group, span, outputs)
    m = list_one(plan, space, sets, group[0], span, np.int64(0))
    return m, m


@helper
def list_one(plan, space, sets, centre, span, at):
    """List at `at` the slots of one centre's context; returns how many."""
    if sets is not None:
        return list_partners(space, centre, span, at)
    return list_window(space, centre, draw_reach(plan, space), span, at)


@helper
def list_means(plan, space, sets, shared, group, span, outputs):
    """List the slots of each centre's context, and of their means; returns (the number of means, pairs)."""
    means = np.int64(0)
    for centre in range(group[0], group[1]):
        m = list_one(plan, space, sets, centre, span, space.bounds[means])
        if m > 0:
            add_mean(plan, space, shared, means, m, space.columns[outputs + centre - group[0]])
            means += 1
    return means, means


@helper
def share_context(plan, space, sets, group, span, outputs):
    """List the slots that any centre of the group has in its context, and which have them.

    Returns (their number, pairs of a centre and a word of its context).
    """
    if sets is not None:
        return share_items(plan, space, group, span, outputs)
    return share_windows(plan, space, group, span, outputs)


@helper
def draw_reach(plan, space):
    """How many words on each side of the centre are its context."""
    return plan.window - draw_below(space.state, plan.window) if plan.dynamic else plan.window


@helper
def slot_of(space, position):
    """The slot of the word that is so many after the first of its span."""
    return (position * space.pitch) % space.mean


@helper
def slot_after(space, slot):
    """The slot after one, round the ring."""
    return slot + space.pitch if slot + space.pitch < space.mean else 0


@helper
def list_window(space, centre, reach, span, at):
    """List at `at` the slots of the words within reach of the centre, without itself; returns how many."""
    first = max(span[0], centre - reach)
    slot, m = slot_of(space, first - span[0]), 0
    for i in range(first, min(span[1], centre + reach + 1)):
        space.slots[at + m] = slot
        m += np.int64(i != centre)
        slot = slot_after(space, slot)
    return m


@helper
def share_windows(plan, space, group, span, outputs):
    """See `share_context`: all slots from the first to the last that a window reaches."""
    first, last = span[1], span[0]
    for centre in range(group[0], group[1]):
        reach = draw_reach(plan, space)
        space.reaches[centre - group[0]] = reach
        first, last = min(first, max(span[0], centre - reach)), max(last, min(span[1], centre + reach + 1))
    slot = slot_of(space, first - span[0])
    for i in range(last - first):
        space.slots[i] = slot
        slot = slot_after(space, slot)
    clear_shares(space, last - first)
    pairs = np.int64(0)
    for centre in range(group[0], group[1]):
        reach, column = space.reaches[centre - group[0]], space.columns[outputs + centre - group[0]]
        begin, end = max(span[0], centre - reach), min(span[1], centre + reach + 1)
        for i in range(begin, centre):
            add_share(space, i - first, column)
        for i in range(centre + 1, end):
            add_share(space, i - first, column)
        pairs += end - begin - 1
    return last - first, pairs


@helper
def list_partners(space, centre, span, at):
    """List at `at` the slots of the items that are not the centre's; returns how many."""
    words = space.sentence
    m = 0
    for i in range(span[0], span[1]):
        space.slots[at + m] = (i - span[0]) * space.pitch
        m += np.int64(words[i] != words[centre])
    return m


@helper
def share_items(plan, space, group, span, outputs):
    """See `share_context`: all slots of the set."""
    words = space.sentence
    m = span[1] - span[0]
    for i in range(m):
        space.slots[i] = i * space.pitch
    clear_shares(space, m)
    pairs = np.int64(0)
    for centre in range(group[0], group[1]):
        column = space.columns[outputs + centre - group[0]]
        for i in range(m):
            if words[span[0] + i] != words[centre]:
                add_share(space, i, column)
                pairs += 1
    return m, pairs
