"""Sphinx's settings for the handout. `course_utils.build.handout.site` calls Sphinx with this folder."""

project = "Recommender systems with factorization machines"
language = "en"
extensions = ["myst_nb", "course_utils.build.handout.mathml", "course_utils.build.handout.tables"]

# Lessons have run before Sphinx sees them, and no widget is left in them.
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_merge_streams = True

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
html_math_renderer = "mathml"
highlight_language = "ipython3"
nitpicky = True

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["explorables.css", "handout.css"]
html_copy_source = False
html_show_sphinx = False
html_show_search_summary = False  # it would fetch pages, which browsers refuse on file://
html_use_index = False
html_theme_options = {
    "logo": {"text": "Factorization machines", "alt_text": "Factorization machines: first page"},
    "navbar_center": [],
    "navbar_persistent": ["search-button"],
    "navbar_end": ["theme-switcher"],
    "search_bar_text": "Search the lessons",
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "footer_start": ["licence"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"**": ["lessons"]}
html_context = {"default_mode": "auto"}
templates_path = ["templates"]
