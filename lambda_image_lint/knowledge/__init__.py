"""What the world says about Lambda: tables with source and date, each read at most once and only when asked for."""

from importlib import import_module
from typing import TYPE_CHECKING

VERSION = "2026-11-23"
"""Day on which the tables were last held against their sources; every report carries it."""

if TYPE_CHECKING:
    from lambda_image_lint.knowledge.base_images import AwsBaseImage as AwsBaseImage
    from lambda_image_lint.knowledge.base_images import BaseConfig as BaseConfig
    from lambda_image_lint.knowledge.base_images import BaseFiles as BaseFiles
    from lambda_image_lint.knowledge.base_images import aws_base as aws_base
    from lambda_image_lint.knowledge.base_images import aws_base_config as aws_base_config
    from lambda_image_lint.knowledge.base_images import aws_base_versions as aws_base_versions
    from lambda_image_lint.knowledge.base_images import not_a_registry as not_a_registry
    from lambda_image_lint.knowledge.clients import Client as Client
    from lambda_image_lint.knowledge.clients import adapter_files as adapter_files
    from lambda_image_lint.knowledge.clients import adapter_name as adapter_name
    from lambda_image_lint.knowledge.clients import base_client as base_client
    from lambda_image_lint.knowledge.clients import base_entrypoint as base_entrypoint
    from lambda_image_lint.knowledge.clients import emulator_files as emulator_files
    from lambda_image_lint.knowledge.clients import image_programs as image_programs
    from lambda_image_lint.knowledge.clients import java_main_class as java_main_class
    from lambda_image_lint.knowledge.clients import programs_without_client as programs_without_client
    from lambda_image_lint.knowledge.clients import runtime_api_marks as runtime_api_marks
    from lambda_image_lint.knowledge.clients import runtime_clients as runtime_clients
    from lambda_image_lint.knowledge.errors import KnownError as KnownError
    from lambda_image_lint.knowledge.errors import explain_error as explain_error
    from lambda_image_lint.knowledge.errors import known_errors as known_errors
    from lambda_image_lint.knowledge.limits import Limit as Limit
    from lambda_image_lint.knowledge.limits import limit as limit
    from lambda_image_lint.knowledge.limits import limit_row as limit_row
    from lambda_image_lint.knowledge.operating_systems import OperatingSystem as OperatingSystem
    from lambda_image_lint.knowledge.operating_systems import Product as Product
    from lambda_image_lint.knowledge.operating_systems import base_config as base_config
    from lambda_image_lint.knowledge.operating_systems import base_environment as base_environment
    from lambda_image_lint.knowledge.operating_systems import base_files as base_files
    from lambda_image_lint.knowledge.operating_systems import oldest_system as oldest_system
    from lambda_image_lint.knowledge.operating_systems import operating_system as operating_system
    from lambda_image_lint.knowledge.operating_systems import product as product
    from lambda_image_lint.knowledge.operating_systems import system_in_tag as system_in_tag
    from lambda_image_lint.knowledge.reference import Name as Name
    from lambda_image_lint.knowledge.reference import image_name as image_name
    from lambda_image_lint.knowledge.reserved import AdapterVariable as AdapterVariable
    from lambda_image_lint.knowledge.reserved import is_fatal as is_fatal
    from lambda_image_lint.knowledge.reserved import is_reserved as is_reserved
    from lambda_image_lint.knowledge.reserved import lambda_values as lambda_values
    from lambda_image_lint.knowledge.reserved import task_variables as task_variables
    from lambda_image_lint.knowledge.reserved import web_adapter_default_port as web_adapter_default_port
    from lambda_image_lint.knowledge.reserved import web_adapter_forbidden_ports as web_adapter_forbidden_ports
    from lambda_image_lint.knowledge.reserved import web_adapter_port_variables as web_adapter_port_variables
    from lambda_image_lint.knowledge.reserved import web_adapter_ready_statuses as web_adapter_ready_statuses
    from lambda_image_lint.knowledge.reserved import web_adapter_renamed as web_adapter_renamed
    from lambda_image_lint.knowledge.reserved import web_adapter_variables as web_adapter_variables
    from lambda_image_lint.knowledge.runtimes import Runtime as Runtime
    from lambda_image_lint.knowledge.runtimes import all_runtimes as all_runtimes
    from lambda_image_lint.knowledge.runtimes import deprecated as deprecated
    from lambda_image_lint.knowledge.runtimes import newest as newest
    from lambda_image_lint.knowledge.runtimes import runtime as runtime
    from lambda_image_lint.knowledge.runtimes import runtimes_of as runtimes_of
    from lambda_image_lint.knowledge.suites import default_suite as default_suite
    from lambda_image_lint.knowledge.suites import oldest_moving as oldest_moving
    from lambda_image_lint.knowledge.tools import PackageManagers as PackageManagers
    from lambda_image_lint.knowledge.tools import UnavailablePackage as UnavailablePackage
    from lambda_image_lint.knowledge.tools import installer_folders as installer_folders
    from lambda_image_lint.knowledge.tools import missing_tools as missing_tools
    from lambda_image_lint.knowledge.tools import package_managers as package_managers
    from lambda_image_lint.knowledge.tools import unavailable_packages as unavailable_packages
    from lambda_image_lint.knowledge.uv import uv_environment_settings as uv_environment_settings
    from lambda_image_lint.knowledge.uv import uv_environment_variables as uv_environment_variables
    from lambda_image_lint.knowledge.uv import uv_refuses_prefix_since as uv_refuses_prefix_since
    from lambda_image_lint.knowledge.uv import uv_spared_since as uv_spared_since
    from lambda_image_lint.knowledge.uv import uv_wants_environment as uv_wants_environment

_HOMES = {
    "base_images": (
        "AwsBaseImage", "BaseConfig", "BaseFiles", "aws_base", "aws_base_config", "aws_base_versions",
        "not_a_registry",
    ),
    "clients": ("Client", "adapter_files", "adapter_name", "base_client", "base_entrypoint", "emulator_files", "image_programs", "java_main_class", "programs_without_client", "runtime_api_marks", "runtime_clients",),
    "errors": ("KnownError", "explain_error", "known_errors"),
    "limits": ("Limit", "limit", "limit_row"),
    "operating_systems": (
        "OperatingSystem", "Product", "base_config", "base_environment", "base_files", "oldest_system", "operating_system",
        "product", "system_in_tag",
    ),
    "reference": ("Name", "image_name"),
    "reserved": (
        "AdapterVariable", "is_fatal", "is_reserved", "lambda_values", "task_variables", "web_adapter_default_port", "web_adapter_forbidden_ports",
        "web_adapter_port_variables", "web_adapter_ready_statuses", "web_adapter_renamed", "web_adapter_variables",
    ),
    "runtimes": ("Runtime", "deprecated", "all_runtimes", "newest", "runtime", "runtimes_of"),
    "suites": ("default_suite", "oldest_moving"),
    "tools": ("PackageManagers", "UnavailablePackage", "installer_folders", "missing_tools", "package_managers", "unavailable_packages"),
    "uv": (
        "uv_environment_settings", "uv_environment_variables", "uv_refuses_prefix_since", "uv_spared_since", "uv_wants_environment",
    ),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME, "VERSION"])


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
