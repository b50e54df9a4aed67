// promrules tries alerting rules: `promrules TESTS…` reads test files in the format of `promtool test rules` (input series, and which alerts fire when)
// and the rule files that they name, evaluates the rules with Prometheus' own engine, and prints every difference. promtool itself is
// built of 1,400 packages, this of 330. What it does not know of that format (recording rules, promql_expr_test) it refuses; an alert's annotations
// are compared where a test gives some; and every alert has to fire in some test.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/template"
	"go.yaml.in/yaml/v3"
)

type testFile struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	Tests              []testGroup    `yaml:"tests"`
}

type testGroup struct {
	Name     string         `yaml:"name"`
	Interval model.Duration `yaml:"interval"`
	Series   []struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	} `yaml:"input_series"`
	Alerts []alertTest `yaml:"alert_rule_test"`
}

type alertTest struct {
	At       model.Duration `yaml:"eval_time"`
	Name     string         `yaml:"alertname"`
	Expected []alert        `yaml:"exp_alerts"`
}

type alert struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

var promParser = parser.NewParser(parser.Options{})

func main() {
	wrong := 0
	for _, path := range os.Args[1:] {
		faults, err := run(path)
		if err != nil {
			faults = append(faults, err.Error())
		}
		for _, fault := range faults {
			fmt.Printf("%s: %s\n", path, fault)
		}
		wrong += len(faults)
	}
	if wrong > 0 || len(os.Args) < 2 {
		os.Exit(1)
	}
}

func run(path string) (faults []string, err error) {
	var file testFile
	if err = read(path, &file); err != nil {
		return nil, err
	}
	rules := map[string]rulefmt.Rule{}
	for _, name := range file.RuleFiles {
		content, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			return nil, err
		}
		groups, errs := rulefmt.Parse(content, false, model.UTF8Validation, promParser, promslog.NewNopLogger())
		for _, err := range errs {
			faults = append(faults, fmt.Sprintf("%s: %v", name, err))
		}
		if len(errs) > 0 {
			return faults, nil
		}
		for _, group := range groups.Groups {
			for _, rule := range group.Rules {
				rules[rule.Alert] = rule
			}
		}
	}
	tried := map[string]bool{}
	for _, test := range file.Tests {
		for _, expected := range test.Alerts {
			rule, known := rules[expected.Name]
			if !known || expected.Name == "" {
				faults = append(faults, fmt.Sprintf("%s: there is no alert %q", test.Name, expected.Name))
				continue
			}
			if len(expected.Expected) > 0 {
				tried[expected.Name] = true
			}
			fault, err := check(test, expected, rule, file.EvaluationInterval)
			if err != nil {
				return faults, fmt.Errorf("%s: %s: %w", test.Name, expected.Name, err)
			}
			if fault != "" {
				faults = append(faults, fmt.Sprintf("%s: %s at %s: %s", test.Name, expected.Name, expected.At, fault))
			}
		}
	}
	for name := range rules {
		if !tried[name] {
			faults = append(faults, fmt.Sprintf("no test has the alert %q fire", name))
		}
	}
	sort.Strings(faults)
	return faults, nil
}

func read(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	return decoder.Decode(into)
}

// check evaluates the rule from the beginning to the time asked for, as Prometheus does at each interval, and compares what fires then.
func check(test testGroup, expected alertTest, rule rulefmt.Rule, interval model.Duration) (string, error) {
	series, err := load(test)
	if err != nil {
		return "", err
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1 << 20, Timeout: time.Minute, Parser: promParser, EnableAtModifier: true, EnableNegativeOffset: true})
	since := map[string]time.Time{}
	var firing []alert
	for at := start; !at.After(start.Add(time.Duration(expected.At))); at = at.Add(time.Duration(interval)) {
		vector, err := evaluate(engine, series, rule.Expr, at)
		if err != nil {
			return "", err
		}
		held := map[string]time.Time{}
		firing = nil
		for _, sample := range vector {
			key := sample.Metric.String()
			held[key] = at
			if begun, pending := since[key]; pending {
				held[key] = begun
			}
			if at.Sub(held[key]) >= time.Duration(rule.For) {
				one, err := expand(rule, sample)
				if err != nil {
					return "", err
				}
				firing = append(firing, one)
			}
		}
		since = held
	}
	compared := false
	for _, one := range expected.Expected {
		compared = compared || one.Annotations != nil
	}
	found, wanted := sorted(firing, compared), sorted(expected.Expected, compared)
	if !reflect.DeepEqual(found, wanted) {
		return fmt.Sprintf("expected %v, and these fire: %v", wanted, found), nil
	}
	return "", nil
}

func evaluate(engine *promql.Engine, series memory, expression string, at time.Time) (promql.Vector, error) {
	query, err := engine.NewInstantQuery(context.Background(), series, nil, expression, at)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	vector, err := query.Exec(context.Background()).Vector()
	if err != nil {
		return nil, err
	}
	// What it lies in goes with the query.
	return append(promql.Vector{}, vector...), nil
}

// expand gives an alert the labels and annotations that Prometheus would.
func expand(rule rulefmt.Rule, sample promql.Sample) (alert, error) {
	own := map[string]string{}
	sample.Metric.Range(func(label labels.Label) {
		if label.Name != model.MetricNameLabel {
			own[label.Name] = label.Value
		}
	})
	fill := func(texts map[string]string) (map[string]string, error) {
		filled := map[string]string{}
		for name, text := range texts {
			data := template.AlertTemplateData(own, nil, "", sample)
			head := "{{$labels := .Labels}}{{$value := .Value}}"
			expander := template.NewTemplateExpander(context.Background(), head+text, rule.Alert, data, model.TimeFromUnixNano(0), nil, nil, nil)
			result, err := expander.Expand()
			if err != nil {
				return nil, err
			}
			filled[name] = result
		}
		return filled, nil
	}
	added, err := fill(rule.Labels)
	if err != nil {
		return alert{}, err
	}
	annotations, err := fill(rule.Annotations)
	if err != nil {
		return alert{}, err
	}
	all := map[string]string{}
	for _, set := range []map[string]string{own, added} {
		for name, value := range set {
			all[name] = value
		}
	}
	return alert{Labels: all, Annotations: annotations}, nil
}

func sorted(alerts []alert, annotations bool) []string {
	texts := []string{}
	for _, one := range alerts {
		text := fmt.Sprint(one.Labels)
		if annotations {
			text += fmt.Sprint(one.Annotations)
		}
		texts = append(texts, text)
	}
	sort.Strings(texts)
	return texts
}
