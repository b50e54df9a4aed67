//go:build tools

// Package oci names the programs of others that set-up builds for releases, so that one go.mod pins them and all they are made of.
package oci

import _ "oras.land/oras/cmd/oras"
