"""The web application: a route each page, nothing that changes anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from infra.ui import words
from infra.ui.guard import Guard
from infra.ui.look import Look, Page, look
from infra.ui.pages import alarms, decisions, drift, endpoint, overview, registry, runs
from infra.ui.panels import EXPECTED, Asker, in_words
from infra.ui.source import Source

HERE: Final = Path(__file__).parent
SECTIONS: Final = (
    "pipelines",
    "endpoint",
    "drift",
    "alarms",
    "decisions",
    "registry",
    "lineage",
    "experiments",
)
Token = Annotated[str, Query(max_length=4096)]
Days = Literal["1", "7", "30", "90", "365"]
Kind = Literal["all", "refused", "retrain", "shadow", "failed"]


class Site:
    """Renders pages of one source."""

    def __init__(self, source: Source, *, refresh_seconds: int) -> None:
        self.source = source
        self.asker = Asker()
        self._refresh_seconds = refresh_seconds
        self._templates = _templates()

    def show(self, make: Callable[[Look], Page]) -> HTMLResponse:
        """Render a page, or what keeps it from being shown."""
        try:
            found = look(self.source, self.asker)
            page = make(found)
        except EXPECTED as error:
            status = HTTPStatus.NOT_FOUND if type(error) is LookupError else HTTPStatus.OK
            return self.trouble(in_words(error), status=status)
        return self._render(page, place=found.place.name, now=found.now)

    def trouble(self, told: str, *, status: int) -> HTMLResponse:
        """Render what is wrong, in words; it refreshes like any page, and ends by itself."""
        page = Page(template="trouble.html.j2", title="Nothing to show", facts={"told": told})
        return self._render(page, place="", now=None, status=status)

    def _render(
        self, page: Page, *, place: str, now: datetime | None, status: int = HTTPStatus.OK
    ) -> HTMLResponse:
        text = self._templates.get_template(page.template).render(
            page=page,
            place=place,
            now=now,
            read_at=datetime.now(UTC),
            config=self.source.config,
            stack=self.source.stack,
            sections=SECTIONS,
            refresh_seconds=self._refresh_seconds,
            **page.facts,
        )
        return HTMLResponse(text, status_code=status)


def create(source: Source, *, hosts: frozenset[str], refresh_seconds: int = 15) -> FastAPI:
    """Return the application; ``hosts`` are the names, with ports, that it answers to."""
    site = Site(source, refresh_seconds=refresh_seconds)
    app = FastAPI(title="mlops ui", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, hosts=hosts)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.state.site = site
    _routes(app, site)
    return app


def _routes(app: FastAPI, site: Site) -> None:
    """Give each page its path; a page that is not there is told as any trouble is."""

    @app.get("/")
    def front() -> HTMLResponse:
        return site.show(overview.page)

    @app.exception_handler(HTTPException)
    def missing(request: Request, error: HTTPException) -> HTMLResponse:
        told = f"There is no page {request.url.path}."
        return site.trouble(told, status=error.status_code)

    @app.exception_handler(RequestValidationError)
    def unfit(request: Request, error: RequestValidationError) -> HTMLResponse:
        told = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
        return site.trouble(
            f"{request.url.path} takes no such value: {told}.", status=HTTPStatus.BAD_REQUEST
        )

    app.include_router(_pages(site))


def _pages(site: Site) -> APIRouter:
    router = APIRouter(prefix="/{use_case}", default_response_class=HTMLResponse)

    @router.get("/pipelines")
    def pipelines(use_case: str) -> HTMLResponse:
        return site.show(lambda look: runs.overview(look, use_case))

    @router.get("/pipelines/{kind}")
    def pipeline(use_case: str, kind: str, after: Token = "") -> HTMLResponse:
        return site.show(lambda look: runs.pipeline(look, use_case, kind, after))

    @router.get("/pipelines/{kind}/{execution}")
    def run(use_case: str, kind: str, execution: str, step: Token = "") -> HTMLResponse:
        return site.show(lambda look: runs.run(look, use_case, kind, execution, step))

    @router.get("/endpoint")
    def served(use_case: str, days: Days = "30") -> HTMLResponse:
        return site.show(lambda look: endpoint.page(look, use_case, int(days)))

    @router.get("/drift")
    def drifted(use_case: str, days: Days = "365") -> HTMLResponse:
        return site.show(lambda look: drift.page(look, use_case, int(days)))

    @router.get("/alarms")
    def alarming(use_case: str) -> HTMLResponse:
        return site.show(lambda look: alarms.page(look, use_case))

    @router.get("/alarms/{name}")
    def alarm(use_case: str, name: str, after: Token = "") -> HTMLResponse:
        return site.show(lambda look: alarms.one(look, use_case, name, after))

    @router.get("/decisions")
    def decided(use_case: str, kind: Kind = "all", after: Token = "") -> HTMLResponse:
        return site.show(lambda look: decisions.page(look, use_case, kind, after))

    @router.get("/decisions/{key}")
    def decision(use_case: str, key: str) -> HTMLResponse:
        return site.show(lambda look: decisions.one(look, use_case, key))

    @router.get("/registry")
    def versions(use_case: str, after: Token = "") -> HTMLResponse:
        return site.show(lambda look: registry.page(look, use_case, after))

    @router.get("/registry/{number}")
    def version(use_case: str, number: int) -> HTMLResponse:
        return site.show(lambda look: registry.one(look, use_case, number))

    @router.get("/lineage")
    def lineage(use_case: str) -> HTMLResponse:
        return site.show(lambda look: registry.lineage(look, use_case))

    @router.get("/experiments")
    def experiments(use_case: str) -> HTMLResponse:
        return site.show(lambda look: registry.experiments(look, use_case))

    return router


def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        ago=words.ago,
        count=words.count,
        day=words.day,
        figure=words.figure,
        lasted=words.lasted,
        months=words.months,
        shade=drift.shade,
        short=words.short,
        spoken=words.spoken,
        span=words.span,
        tone=words.tone,
        trained_on=words.trained_on,
        when=words.when,
        date=words.date_of,
    )
    made.globals.update(rules=words.RULES)
    return made
