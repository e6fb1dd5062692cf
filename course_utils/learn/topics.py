"""Where the course teaches, practises and asks each bullet of the lectures.

A test holds every row to the lessons: objectives, sections, checks and quiz questions exist, belong together,
and no cell is empty.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One bullet of the lectures, and where it is met.

    Parameters
    ----------
    bullet : str
        What the lectures promise.
    sections : tuple of str
        Where it is taught: ``"01 §3"`` is section 3 of lesson 01.
    objectives, checks, quiz : tuple of str
        Ids: what a learner can do afterwards, and the exercises and quiz questions that prove it.
    """

    bullet: str
    sections: tuple[str, ...]
    objectives: tuple[str, ...]
    checks: tuple[str, ...]
    quiz: tuple[str, ...]


TOPICS: tuple[Topic, ...] = (
    Topic(
        bullet="What a recommender is",
        sections=("01 §1", "01 §2"),
        objectives=("O1.1",),
        checks=("E1.0",),
        quiz=("Q1.1",),
    ),
    Topic(
        bullet="Personalisation: unique to each user",
        sections=("01 §2", "06 §3"),
        objectives=("O1.1", "O6.3"),
        checks=("E1.0", "E6.3"),
        quiz=("Q1.1", "Q6.3", "Q6.4"),
    ),
    Topic(
        bullet="New-product recognition (cold start)",
        sections=("01 §4", "05 §5", "06 §5", "11 §6"),
        objectives=("O1.3", "O5.4", "O6.5", "O11.5"),
        checks=("E1.2", "E5.4", "E6.5", "E11.6"),
        quiz=("Q1.4", "Q5.7", "Q6.6", "Q11.7"),
    ),
    Topic(
        bullet="High cardinality",
        sections=("01 §3", "05 §2"),
        objectives=("O1.2", "O5.1"),
        checks=("E1.1", "E5.1"),
        quiz=("Q1.2", "Q5.1"),
    ),
    Topic(
        bullet="Sparse data",
        sections=("01 §3", "05 §4"),
        objectives=("O1.2", "O5.2"),
        checks=("E1.1", "E5.3"),
        quiz=("Q1.3", "Q5.3", "Q5.5"),
    ),
    Topic(
        bullet="Collaborative filtering",
        sections=("01 §6", "11 §4"),
        objectives=("O1.4", "O11.3"),
        checks=("E1.4", "E11.4"),
        quiz=("Q1.5", "Q11.4"),
    ),
    Topic(
        bullet="Predictive modelling",
        sections=("01 §6", "06 §1", "06 §2"),
        objectives=("O1.4", "O6.1", "O6.2"),
        checks=("E1.4", "E6.1", "E6.2"),
        quiz=("Q1.5", "Q6.1", "Q6.2"),
    ),
    Topic(
        bullet="Inconsistent recommendations (car wipers after one purchase)",
        sections=("01 §5", "06 §6"),
        objectives=("O1.5", "O6.6"),
        checks=("E1.3", "E6.6"),
        quiz=("Q1.6", "Q6.7"),
    ),
    Topic(
        bullet="Data fluidity",
        sections=("10 §1", "10 §2"),
        objectives=("O10.1", "O10.2"),
        checks=("E10.0", "E10.1"),
        quiz=("Q10.1", "Q10.2"),
    ),
    Topic(
        bullet="Periodic rebuilding, in hours or days",
        sections=("10 §4", "10 §5", "10 §6"),
        objectives=("O10.3", "O10.4"),
        checks=("E10.2", "E10.3"),
        quiz=("Q10.3", "Q10.4", "Q10.5"),
    ),
    Topic(
        bullet="Ad placement (click rates)",
        sections=("07 §2", "07 §3", "07 §4", "07 §5", "07 §6"),
        objectives=("O7.1", "O7.2", "O7.3", "O7.4"),
        checks=("E7.1", "E7.2", "E7.3", "E7.4", "E7.5"),
        quiz=("Q7.1", "Q7.2", "Q7.3", "Q7.4", "Q7.5"),
    ),
    Topic(
        bullet="Content personalisation",
        sections=("07 §7",),
        objectives=("O7.5",),
        checks=("E7.6",),
        quiz=("Q7.6",),
    ),
    Topic(
        bullet="The factorization machine beside PCA",
        sections=("03 §6", "03 §7"),
        objectives=("O3.3", "O3.4"),
        checks=("E3.4", "E3.5"),
        quiz=("Q3.4", "Q3.5", "Q3.6"),
    ),
    Topic(
        bullet="Would Alice, or Charlie, like Star Trek? Rendle's example",
        sections=("02 §1", "02 §3", "02 §7"),
        objectives=("O2.1", "O2.3", "O2.5"),
        checks=("E2.0", "E2.2", "E2.4"),
        quiz=("Q2.1", "Q2.3", "Q2.5"),
    ),
    Topic(
        bullet="User-movie, user-user and movie-movie interactions",
        sections=("02 §4", "02 §6"),
        objectives=("O2.4",),
        checks=("E2.3",),
        quiz=("Q2.4",),
    ),
    Topic(
        bullet="All pairwise interactions in linear time",
        sections=("03 §1", "03 §3", "03 §6", "04 §3"),
        objectives=("O3.1", "O3.2", "O3.3", "O4.1"),
        checks=("E3.1", "E3.2", "E3.3", "E3.4", "E4.1"),
        quiz=("Q3.1", "Q3.2", "Q3.3", "Q4.1"),
    ),
    Topic(
        bullet="A factorization machine learns: gradients, training, log-loss",
        sections=("04 §4", "04 §5", "04 §7", "04 §9", "04 §10"),
        objectives=("O4.2", "O4.3", "O4.4", "O4.5"),
        checks=("E4.2", "E4.3", "E4.4", "E4.5", "E4.6"),
        quiz=("Q4.2", "Q4.3", "Q4.4", "Q4.7"),
    ),
    Topic(
        bullet="One-hot sparse data",
        sections=("02 §2", "05 §2", "05 §4"),
        objectives=("O2.2", "O5.1", "O5.2"),
        checks=("E2.1", "E5.1", "E5.3"),
        quiz=("Q2.2", "Q5.1", "Q5.5"),
    ),
    Topic(
        bullet="RecordIO-protobuf with float32",
        sections=("08 §1", "08 §2", "08 §3", "06 §4"),
        objectives=("O8.1", "O8.2", "O6.4"),
        checks=("E8.0", "E8.1", "E8.2", "E6.4"),
        quiz=("Q8.1", "Q8.2", "Q8.3", "Q6.5"),
    ),
    Topic(
        bullet="JSON or RecordIO prediction requests",
        sections=("08 §5", "08 §6", "08 §7", "09 §8"),
        objectives=("O8.3", "O8.4", "O9.3"),
        checks=("E8.3", "E8.4", "E8.5", "E9.5"),
        quiz=("Q8.5", "Q8.6", "Q8.7", "Q9.3"),
    ),
    Topic(
        bullet="Building a MovieLens recommender",
        sections=("05 §1", "05 §3", "09 §3", "09 §4", "09 §12"),
        objectives=("O5.3", "O5.5", "O9.1", "O9.2", "O9.5"),
        checks=("E5.0", "E5.2", "E9.1", "E9.2", "E9.3", "E9.7"),
        quiz=("Q5.6", "Q5.8", "Q9.2", "Q9.4", "Q9.6"),
    ),
    Topic(
        bullet="Deploying a MovieLens recommender",
        sections=("09 §7", "09 §8", "09 §10", "09 §13"),
        objectives=("O9.3", "O9.4", "O9.6"),
        checks=("E9.4", "E9.5", "E9.6", "E9.8"),
        quiz=("Q9.1", "Q9.5", "Q9.7"),
    ),
    Topic(
        bullet="Rebuilding a MovieLens recommender",
        sections=("10 §7", "10 §8"),
        objectives=("O10.5",),
        checks=("E10.4",),
        quiz=("Q10.6", "Q10.7"),
    ),
    Topic(
        bullet="A list of one's own: newcomers, similar films, reasons",
        sections=("11 §2", "11 §3", "11 §4", "11 §5"),
        objectives=("O11.1", "O11.2", "O11.3", "O11.4"),
        checks=("E11.1", "E11.2", "E11.3", "E11.4", "E11.5"),
        quiz=("Q11.1", "Q11.2", "Q11.3", "Q11.4", "Q11.5"),
    ),
    Topic(
        bullet="Past one machine: shards, several machines, lists for everybody, the cost of a billion",
        sections=("12 §1", "12 §2", "12 §3", "12 §4", "12 §5", "12 §6"),
        objectives=("O12.1", "O12.2", "O12.3", "O12.4", "O12.5", "O12.6"),
        checks=("E12.1", "E12.2", "E12.3", "E12.4", "E12.5", "E12.6"),
        quiz=("Q12.1", "Q12.2", "Q12.3", "Q12.4", "Q12.5", "Q12.6"),
    ),
    Topic(
        bullet="The paper, libFM, the AWS guide: what to read, and a recommender of one's own",
        sections=("99 §3", "99 §4"),
        objectives=("O99.3", "O99.5"),
        checks=("E99.2", "E99.6"),
        quiz=("Q99.8", "Q99.14"),
    ),
)
