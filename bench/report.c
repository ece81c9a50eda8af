/* SPDX-License-Identifier: MIT */
/* The samples as a table for people or as JSON, one object per line. */
#include "report.h"
#include "stats.h"

#include <stdio.h>

static struct summary summarise(struct series *series, size_t resident_mib,
				double floor_us)
{
	struct summary summary = {
		.series = series,
		.resident_mib = resident_mib,
	};

	stats_sort(series->start_ns, series->count);
	stats_sort(series->total_ns, series->count);
	summary.start_p50_us =
		stats_percentile(series->start_ns, series->count, 50) / 1000;
	summary.start_p99_us =
		stats_percentile(series->start_ns, series->count, 99) / 1000;
	summary.total_p50_us =
		stats_percentile(series->total_ns, series->count, 50) / 1000;
	summary.ratio_to_floor =
		floor_us > 0 ? summary.start_p50_us / floor_us : 1;
	return summary;
}

static void print_json(const struct summary *summary)
{
	const struct series *series = summary->series;

	printf("{\"method\": \"%s\", \"case\": \"%s\", \"rss_mb\": %zu, ",
	       series->method->name, series->method->case_name,
	       summary->resident_mib);
	printf("\"samples\": %zu, \"starts\": %zu, \"exits\": %zu, ",
	       series->count, series->starts, series->exits);
	printf("\"start_p50_us\": %.3f, \"start_p99_us\": %.3f, ",
	       summary->start_p50_us, summary->start_p99_us);
	printf("\"total_p50_us\": %.3f, \"ratio_to_floor\": %.4f}\n",
	       summary->total_p50_us, summary->ratio_to_floor);
}

static void print_row(const struct summary *summary)
{
	const struct series *series = summary->series;

	printf("%-21s %-22s %7zu %10.1f %10.1f %10.1f %9.2f\n",
	       series->method->name, series->method->case_name, series->count,
	       summary->start_p50_us, summary->start_p99_us,
	       summary->total_p50_us, summary->ratio_to_floor);
}

static void print_heading(size_t resident_mib, int cpu)
{
	printf("Caller with %zu MiB resident, on processor %d; "
	       "microseconds from the call\n",
	       resident_mib, cpu);
	printf("%-21s %-22s %7s %10s %10s %10s %9s\n", "method", "case",
	       "starts", "return p50", "return p99", "reaped p50", "x floor");
}

/* Print one run. Sorts the samples. */
void report_run(struct series *series, size_t resident_mib, int cpu, bool json)
{
	double floor_us = 0;

	if (!json)
		print_heading(resident_mib, cpu);
	for (size_t i = 0; i < method_total(); i++) {
		struct summary summary;

		if (series[i].missing) {
			fprintf(stderr, "bench: %s (%s) not measured: %s\n",
				series[i].method->name,
				series[i].method->case_name, series[i].missing);
			continue;
		}
		summary = summarise(&series[i], resident_mib, floor_us);
		if (i == 0)
			floor_us = summary.start_p50_us;
		if (json)
			print_json(&summary);
		else
			print_row(&summary);
	}
	fflush(stdout);
}
