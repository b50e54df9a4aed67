// otlp-receiver is OpenTelemetry's own receiver of OTLP over HTTP, as every collector has it, for the tests. It listens on a port of the
// loopback interface that it chooses and writes lines of JSON: first `{"port":…}`, then one for each request whose logs it has taken, in OTLP's JSON.
// With -cert and -key it speaks TLS. With -fail N it answers the first N requests that nothing is to be had for now.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

func main() {
	cert := flag.String("cert", "", "certificate of the server, PEM")
	key := flag.String("key", "", "its key, PEM")
	fail := flag.Int64("fail", 0, "so many requests fail at first")
	flag.Parse()
	if err := run(*cert, *key, *fail); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(cert, key string, fail int64) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig().(*otlpreceiver.Config)
	http := config.Protocols.HTTP.GetOrInsertDefault()
	http.ServerConfig.NetAddr.Endpoint = fmt.Sprintf("127.0.0.1:%d", port)
	if cert != "" {
		tls := configtls.NewDefaultServerConfig()
		tls.CertFile, tls.KeyFile = cert, key
		http.ServerConfig.TLS = configoptional.Some(tls)
	}
	var requests atomic.Int64
	written := json.NewEncoder(os.Stdout)
	take, err := consumer.NewLogs(func(_ context.Context, logs plog.Logs) error {
		if requests.Add(1) <= fail {
			return errors.New("nothing is taken for now")
		}
		text, err := (&plog.JSONMarshaler{}).MarshalLogs(logs)
		if err != nil {
			return err
		}
		return written.Encode(json.RawMessage(text))
	})
	if err != nil {
		return err
	}
	settings := receiver.Settings{
		ID: component.NewID(factory.Type()),
		TelemetrySettings: component.TelemetrySettings{
			Logger:         zap.NewNop(),
			TracerProvider: nooptrace.NewTracerProvider(),
			MeterProvider:  noopmetric.NewMeterProvider(),
		},
	}
	background := context.Background()
	logs, err := factory.CreateLogs(background, settings, config, take)
	if err != nil {
		return err
	}
	if err := logs.Start(background, componenttest.NewNopHost()); err != nil {
		return err
	}
	if err := written.Encode(map[string]int{"port": port}); err != nil {
		return err
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
	return logs.Shutdown(background)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
