"""Pick the URL configuration by the host of a request: a custom domain serves its status page and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.request import split_domain_port
from django.urls import resolve

from statuspage import public

DOMAIN_URLS = "statuspage.urls_domain"
TREE, TREE_URLS = "/status/", "statuspage.urls"


class HostMiddleware:
    """Stand before static files, sessions and users: public pages have none of them, on whichever host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer for a custom domain here; refuse a host that nobody knows."""
        try:
            request.get_host()
        except DisallowedHost:
            return self._answer_for_domain(request)
        if request.path_info.startswith(TREE):
            return _dispatch(request, TREE_URLS)
        return self.get_response(request)

    def _answer_for_domain(self, request: HttpRequest) -> HttpResponse:
        host, _ = split_domain_port(request.META.get("HTTP_HOST", "").lower())
        slug = public.page_of_host(host.rstrip(".")) if host else None
        if slug is None:
            return HttpResponseBadRequest("This host is not served here.\n", content_type="text/plain; charset=utf-8")
        request.status_page = slug  # type: ignore[attr-defined]
        return _dispatch(request, DOMAIN_URLS)


def _dispatch(request: HttpRequest, urlconf: str) -> HttpResponse:
    request.urlconf = urlconf
    request.resolver_match = found = resolve(request.path_info, urlconf)
    response: HttpResponse = found.func(request, *found.args, **found.kwargs)
    return response
