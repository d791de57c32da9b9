package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are the counters of the door. Registry is served on its own listener.
type Metrics struct {
	Registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	hot      *prometheus.CounterVec
	hotFresh prometheus.Counter
	hotSame  prometheus.Counter
	hotStale prometheus.Counter
}

// NewMetrics makes a registry with the process's own figures in it.
func NewMetrics() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cunwu_http_requests_total", Help: "Requests by method, route pattern and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "cunwu_http_request_seconds", Help: "Time to answer by route pattern.", Buckets: []float64{.001, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5},
		}, []string{"route"}),
		hot: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cunwu_prepared_answers_total", Help: "Hot answers served: fresh, not_modified or stale.",
		}, []string{"kind"}),
	}
	m.hotFresh, m.hotSame, m.hotStale = m.hot.WithLabelValues("fresh"), m.hot.WithLabelValues("not_modified"), m.hot.WithLabelValues("stale")
	m.Registry.MustRegister(m.requests, m.seconds, m.hot,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *Metrics) observe(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// livez says that the process answers at all.
func (a *API) livez(c *gin.Context) { c.String(http.StatusOK, "ok") }

// readyz says that it can serve: storage answers and seeding, if any, is over.
func (a *API) readyz(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	if err := a.ready(ctx); err != nil {
		c.Header("Retry-After", "2")
		c.String(http.StatusServiceUnavailable, "not ready")
		return
	}
	c.String(http.StatusOK, "ready")
}
