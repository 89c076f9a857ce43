"""Private ECR: whose registry a host name is, and credentials for it through Amazon's helper or boto3."""

import base64
import binascii
import re
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from lambda_image_lint.image.sources.credentials import Credentials

_DOMAINS = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "on.aws",
    "on.amazonwebservices.com.cn",
    "on.amazonwebservices.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
)
"""DNS suffixes of the partitions, classic and dual-stack. Source: ``partitions.json`` of the AWS SDKs, read 2026-11-23."""
_HOST = re.compile(
    r"(?P<account>[0-9]{12})\.dkr(?P<joint>[.-])ecr(?P<fips>-fips)?\.(?P<region>[a-z0-9-]+)\.(?:"
    + "|".join(map(re.escape, _DOMAINS))
    + ")"
)
_HELPER = "ecr-login"
_CONNECT_SECONDS, _READ_SECONDS = 5, 10


class EcrRepository(Struct, frozen=True):
    """Whose private registry a host is."""

    account: str
    region: str
    is_fips: bool
    """Lambda refuses images by these host names."""
    is_dual_stack: bool = False
    """``dkr-ecr`` in place of ``dkr.ecr``: it has IPv6 addresses too."""


def ecr_repository(hostname: str) -> EcrRepository | None:
    """The account and region of a private ECR host, in every partition; None for any other host."""
    match = _HOST.fullmatch(hostname)
    if match is None:
        return None
    return EcrRepository(match["account"], match["region"], match["fips"] is not None, match["joint"] == "-")


def ecr_credentials(
    registry: str, repository: EcrRepository, environment: Mapping[str, str], complaints: list[str]
) -> "Credentials | None":
    """Credentials of twelve hours for a private registry; None with a complaint where none can be had."""
    from lambda_image_lint.image.sources.credentials import ask_helper

    if shutil.which(f"docker-credential-{_HELPER}", path=environment.get("PATH")):
        found = ask_helper(_HELPER, registry, environment, complaints)
        if found is not None:
            return found
    return _from_boto3(repository, complaints)


def _from_boto3(repository: EcrRepository, complaints: list[str]) -> "Credentials | None":
    from lambda_image_lint.image.sources.credentials import Credentials

    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        complaints.append(
            "private ECR needs docker-credential-ecr-login, a docker login, or boto3 (pip install 'lambda-image-lint[ecr]')"
        )
        return None
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"total_max_attempts": 1},
        # As the host is, so is the service that signs in there; where the host does not tell, the user's settings count.
        use_fips_endpoint=repository.is_fips or None,
        use_dualstack_endpoint=repository.is_dual_stack or None,
    )
    try:
        client = boto3.client("ecr", region_name=repository.region, config=config)
        answer = client.get_authorization_token(registryIds=[repository.account])
        token = base64.b64decode(answer["authorizationData"][0]["authorizationToken"]).decode()
    except (BotoCoreError, ClientError) as error:
        complaints.append(f"AWS gives no token for ECR: {error}")
        return None
    except (LookupError, binascii.Error, UnicodeDecodeError) as error:
        complaints.append(f"AWS gives a token for ECR that is not understood: {error}")
        return None
    username, _, password = token.partition(":")
    return Credentials(username, password)
