"""The programs that the base images and variants are made of, in our own words."""

AWS_ENTRYPOINT = r"""#!/bin/bash
if [ "$#" -ne 1 ]; then
    echo "entrypoint requires the handler name to be the first argument" >&2
    exit 142
fi
export _HANDLER="$1"
if [ -n "${AWS_LAMBDA_RUNTIME_API}" ]; then
    exec /var/runtime/bootstrap
fi
exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap
"""

_WRAPPED = r"""
if [ -n "${AWS_LAMBDA_EXEC_WRAPPER}" ]; then
    if [ ! -e "${AWS_LAMBDA_EXEC_WRAPPER}" ]; then
        echo "${AWS_LAMBDA_EXEC_WRAPPER}: does not exist" >&2
        exit 127
    elif [ ! -x "${AWS_LAMBDA_EXEC_WRAPPER}" ]; then
        echo "${AWS_LAMBDA_EXEC_WRAPPER}: is not an executable" >&2
        exit 126
    fi
    exec -- "${AWS_LAMBDA_EXEC_WRAPPER}" "${program[@]}"
fi
exec -- "${program[@]}"
"""

AWS_PYTHON_BOOTSTRAP = (
    r"""#!/bin/bash
export AWS_EXECUTION_ENV=AWS_Lambda_PYTHON
program=(/var/lang/bin/PYTHON /var/runtime/bootstrap.py)
"""
    + _WRAPPED
)

AWS_PYTHON_MAIN = r"""import os
import sys

version = f"python{sys.version_info.major}.{sys.version_info.minor}"
first = [os.environ["LAMBDA_TASK_ROOT"]]
if "PYTHONPATH" not in os.environ:
    first += [f"/opt/python/lib/{version}/site-packages", "/opt/python", f"/var/lang/lib/{version}/site-packages"]
# The script's own folder, /var/runtime, which Python put first, comes last.
sys.path[:] = [*first, *sys.path[1:], "/var/runtime"]

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

bootstrap.run(os.environ["_HANDLER"], LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"], False))
"""

AWS_NODE_BOOTSTRAP = (
    r"""#!/bin/bash
export AWS_EXECUTION_ENV=AWS_Lambda_nodejs20.x
export NODE_PATH="/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/task${NODE_PATH:+:$NODE_PATH}"
program=(/var/lang/bin/node --no-experimental-require-module --no-experimental-detect-module /var/runtime/index.mjs)
"""
    + _WRAPPED
)

AWS_NODE_MAIN = r"""import { run } from "./client/index.mjs";

await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
"""

GO_FUNCTION = r"""package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
)

func handle(_ context.Context, event json.RawMessage) (json.RawMessage, error) {
	return event, nil
}

func main() {
	lambda.Start(handle)
}
"""

GO_IDLE = r"""package main

import "fmt"

func main() {
	fmt.Println("hello, and goodbye")
}
"""

RUST_MANIFEST = """[package]
name = "bootstrap"
version = "0.1.0"
edition = "2021"

[dependencies]
lambda_runtime = "1"
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt"] }

[profile.dev]
debug = false
strip = true
"""

RUST_FUNCTION = r"""use lambda_runtime::{service_fn, Error, LambdaEvent};
use serde_json::{json, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        Ok::<Value, Error>(json!({ "echo": event.payload }))
    }))
    .await
}
"""

JAVA_FUNCTION = """package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

public class Handler implements RequestHandler<Map<String, Object>, Map<String, Object>> {
    @Override
    public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
        return Map.of("echo", event);
    }
}
"""

JAVA_PROJECT = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId>
  <artifactId>function</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>com.amazonaws</groupId>
      <artifactId>aws-lambda-java-runtime-interface-client</artifactId>
      <version>2.8.7</version>
    </dependency>
  </dependencies>
</project>
"""

ADAPTER_GO = r"""// An extension that takes the function's place at the Runtime API, and hands each event to a web server.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

func setting(otherwise string, names ...string) string {
	for _, name := range names {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return otherwise
}

// The adapter of the same name that this one does as: linked anew, it is an older one.
var version = "1.0.0"

func before(than ...int) bool {
	var own [3]int
	fmt.Sscanf(version, "%d.%d.%d", &own[0], &own[1], &own[2])
	for part, number := range own {
		if number != than[part] {
			return number < than[part]
		}
	}
	return false
}

func isAmong(status int, text string) bool {
	for _, part := range strings.Split(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		low, err := strconv.Atoi(first)
		high, other := strconv.Atoi(last)
		if err == nil && other == nil && low <= status && status <= high {
			return true
		}
	}
	return false
}

// Which answers are those of an application that is ready.
func isReady(status int) bool {
	switch said, isSaid := os.LookupEnv("AWS_LWA_READINESS_CHECK_HEALTHY_STATUS"); {
	case before(0, 3, 3), before(0, 7, 0) && !before(0, 6, 0):
		return true
	case before(0, 6, 0):
		return status/100 == 2
	case !before(1, 0, 0) && isSaid:
		return isAmong(status, said)
	}
	unhealthy, err := strconv.Atoi(os.Getenv("AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS"))
	if err != nil || before(0, 7, 1) || !before(1, 0, 0) {
		unhealthy = 500
	}
	return status < unhealthy
}

func readinessPath() string {
	if before(0, 7, 0) {
		return setting("/", "READINESS_CHECK_PATH")
	}
	return setting("/", "AWS_LWA_READINESS_CHECK_PATH", "READINESS_CHECK_PATH")
}

func awaitReadiness(url string) {
	started, told := time.Now(), 0
	for {
		if probe, err := http.Get(url); err == nil {
			probe.Body.Close()
			if isReady(probe.StatusCode) {
				return
			}
		}
		if time.Since(started) > time.Duration(told+2000)*time.Millisecond {
			told += 2000
			fmt.Printf("INFO lambda_web_adapter: app is not ready after %dms url=%s\n", told, url)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API")
	host := "http://127.0.0.1:" + setting("8080", "AWS_LWA_PORT", "PORT")
	application := host + "/"
	asked, err := url.Parse(host + readinessPath())
	if err != nil {
		fmt.Fprintln(os.Stderr, "Invalid healthcheck URL configuration:", err)
		os.Exit(1)
	}

	register, _ := http.NewRequest("POST", api+"/2020-01-01/extension/register", bytes.NewBufferString(`{"events": []}`))
	register.Header.Set("Lambda-Extension-Name", "lambda-adapter")
	answer, err := http.DefaultClient.Do(register)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answer.Body.Close()
	go func() {
		next, _ := http.NewRequest("GET", api+"/2020-01-01/extension/event/next", nil)
		next.Header.Set("Lambda-Extension-Identifier", answer.Header.Get("Lambda-Extension-Identifier"))
		if held, err := http.DefaultClient.Do(next); err == nil {
			held.Body.Close()
		}
	}()

	awaitReadiness(asked.String())
	for {
		event, err := http.Get(api + "/2018-06-01/runtime/invocation/next")
		if err != nil {
			os.Exit(0)
		}
		body, _ := io.ReadAll(event.Body)
		event.Body.Close()
		request := event.Header.Get("Lambda-Runtime-Aws-Request-Id")
		page, err := http.Post(application, "application/json", bytes.NewReader(body))
		text := []byte(`{"statusCode": 502}`)
		if err == nil {
			text, _ = io.ReadAll(page.Body)
			page.Body.Close()
		}
		done, err := http.Post(api+"/2018-06-01/runtime/invocation/"+request+"/response", "application/json", bytes.NewReader(text))
		if err == nil {
			done.Body.Close()
		}
	}
}
"""
