//go:build tools

// Package receivers names what else set-up takes from modules: the definition of OpenReports' Report.
package receivers

import _ "github.com/openreports/reports-api/apis/openreports.io/v1alpha1"
