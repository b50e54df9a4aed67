// promlint reads a metrics page from its standard input, in Prometheus' text format, and says what of it goes against
// Prometheus' conventions: one problem a line, and exit status 1 when there are any. It is what `promtool check metrics` does; promtool
// itself is built from ten times as many packages.
package main

import (
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

func main() {
	problems, err := promlint.New(os.Stdin).Lint()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, problem := range problems {
		fmt.Println(problem.Metric, problem.Text)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}
