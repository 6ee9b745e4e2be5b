"""How often an article is looked at in the usual case, by its age, and at the latest. Pure.

Edits come early and removals late: of 88 million news URLs that GDELT fetched again, 16.5 % had changed after a
day, and the rate of body edits fell 30-fold after the first day, that of deletions only 5-fold. So the pace
follows the article's age, and never stops. When each article is due is for `scheduler.recrawl` to say; by these
steps is judged whether nobody looked for too long (`domain.gaps`), and they bound what it may say.
"""

from __future__ import annotations

from datetime import timedelta

#: Up to this age (since publication, or since the last edit), about this often.
STEPS = (
    (timedelta(hours=3), timedelta(minutes=20)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=7), timedelta(hours=8)),
    (timedelta(days=30), timedelta(days=2)),
)
#: Older ones: removals go on for ever at about 0.013 % a day (Pew 2024: 38 % of 2013's pages gone).
LAST_STEP = timedelta(days=10)

#: What was taken down is looked for daily for a month, because second thoughts come soon; then weekly, for ever.
DOWN_STEPS = ((timedelta(days=30), timedelta(days=1)), (timedelta.max, timedelta(days=7)))

#: A calm article may be left for so many times the usual pause, and for so long. What is twice as late, and six
#: hours, is told as a gap: the rest is for the rounds to get there.
LATITUDE, LEAST_LONGEST = 1.5, timedelta(hours=4)


def longest(age: timedelta) -> timedelta:
    """The longest pause that is left after a look at an article of this age, while budgets allow it."""
    return min(max(LATITUDE * by_age(age), LEAST_LONGEST), LAST_STEP)


def by_age(age: timedelta) -> timedelta:
    """The pause between two fetches of an article of this age."""
    return next((pause for limit, pause in STEPS if age < limit), LAST_STEP)
