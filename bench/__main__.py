"""Print one table of all measures, or of the one that is named."""

import sys
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from bench.build import measure_build
from bench.imports import measure_imports
from bench.measure import Row
from bench.ocsp import measure_ocsp
from bench.page_times import measure_pages
from bench.verdicts import measure_verdicts

MEASURES: Mapping[str, Callable[[], Iterator[Row]]] = MappingProxyType(
    {
        "build": measure_build,
        "pages": measure_pages,
        "imports": measure_imports,
        "verdicts": measure_verdicts,
        "ocsp": measure_ocsp,
    }
)
_LINE = "{:<66} {:>11} {:>11}  {}"


def main(names: list[str]) -> int:
    """Run the measures; 0 also when behind, 2 for a name that is none of them."""
    if unknown := [name for name in names if name not in MEASURES]:
        print(f"no measure is called {unknown[0]}; there are: {', '.join(MEASURES)}")
        return 2
    print(_LINE.format("what", "measured", "bound", ""), flush=True)
    for name in names or MEASURES:
        for row in MEASURES[name]():
            bound = ("≥ " if row.at_least else "≤ ") + _text(row.bound, row.unit)
            verdict = "ok" if row.is_kept else "behind"
            figure = _text(row.figure, row.unit)
            print(_LINE.format(row.what, figure, bound, verdict), flush=True)
    return 0


def _text(figure: float, unit: str) -> str:
    return f"{figure:.2f} {unit}" if unit == "x" else f"{figure:.0f} {unit}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
