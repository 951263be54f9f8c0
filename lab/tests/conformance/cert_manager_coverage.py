"""Which public methods of cert_manager have run, by looking at the package.

Nothing of the package is replaced: Python's profiler says what is called, and
the list of what should be called comes from the classes themselves.
"""

import inspect
import sys


class Coverage:
    """Notes calls from `start` on."""

    def __init__(self):
        self.called = set()

    def start(self):
        sys.setprofile(self._note)

    def result(self):
        """The number of public methods, and the names of those not called."""
        sys.setprofile(None)
        # Only now, so that importing the package is watched as well.
        import cert_manager

        wanted = {}
        for name in cert_manager.__all__:
            item = getattr(cert_manager, name)
            if inspect.isclass(item) and not issubclass(item, Exception):
                wanted |= {(name, method): code for method, code in public_methods(item)}
        missing = sorted(
            f"{name}.{method}" for (name, method), code in wanted.items() if (name, code) not in self.called
        )
        return len(wanted), missing

    def _note(self, frame, event, _argument):
        if event != "call" or not frame.f_globals.get("__name__", "").startswith("cert_manager."):
            return
        local = frame.f_locals
        # A static method has no object to tell the class; its own class counts.
        owner = type(local["self"]) if "self" in local else None
        for name in [owner.__name__] if owner else STATIC_OWNERS:
            self.called.add((name, frame.f_code))


def public_methods(item):
    """Methods and properties of a class and its parents, with their code."""
    for name in dir(item):
        if name.startswith("_"):
            continue
        member = inspect.getattr_static(item, name)
        if isinstance(member, property):
            yield name, member.fget.__code__
        elif isinstance(member, (staticmethod, classmethod)):
            yield name, inspect.unwrap(member.__func__).__code__
        elif inspect.isfunction(member):
            # Decorators of the package wrap functions of the same name.
            yield name, inspect.unwrap(member).__code__


# `create_api_url` is the package's only static method: every service has it.
STATIC_OWNERS = [
    "ACMEAccount",
    "Admin",
    "Domain",
    "DomainControlValidation",
    "Organization",
    "Person",
    "Report",
    "SMIME",
    "SSL",
]
