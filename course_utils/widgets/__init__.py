"""Explorables, one module each, with a static twin for pages without a kernel; see `widgets.parts`."""

from course_utils.widgets.ad_slot_lab import AdSlot
from course_utils.widgets.byte_microscope_lab import ByteMicroscope
from course_utils.widgets.concept_map_lab import ConceptMap
from course_utils.widgets.job_timeline_lab import JobTimeline
from course_utils.widgets.one_hot_inspector_lab import OneHotInspector
from course_utils.widgets.pair_race_lab import PairRace
from course_utils.widgets.payload_doctor_lab import PayloadDoctor
from course_utils.widgets.pca_lens_lab import PCALens
from course_utils.widgets.personal_map_lab import PersonalMap
from course_utils.widgets.rate_ten_films_lab import RateTenFilms
from course_utils.widgets.rebuild_dial_lab import RebuildDial
from course_utils.widgets.rubric_lab import CapstoneRubric
from course_utils.widgets.scale_dial_lab import ScaleDial
from course_utils.widgets.sparsity_microscope_lab import SparsityMicroscope
from course_utils.widgets.star_trek_lab import StarTrekLab
from course_utils.widgets.top_n_explorer_lab import TopNExplorer
from course_utils.widgets.training_bench_lab import TrainingBench
from course_utils.widgets.wiper_trap_lab import WiperTrap

__all__ = [
    "AdSlot",
    "ByteMicroscope",
    "CapstoneRubric",
    "ConceptMap",
    "JobTimeline",
    "OneHotInspector",
    "PCALens",
    "PairRace",
    "PayloadDoctor",
    "PersonalMap",
    "RateTenFilms",
    "RebuildDial",
    "ScaleDial",
    "SparsityMicroscope",
    "StarTrekLab",
    "TopNExplorer",
    "TrainingBench",
    "WiperTrap",
]
