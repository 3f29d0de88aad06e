#include "cli/filter.h"

#include <signal.h>
#include <string.h>

#include "base/text.h"
#include "cli/hex.h"

int filter_expect(struct filter *f, struct err *e)
{
	const char *v = f->cli.opt.value;

	return uint_parse(&f->expect, v, strlen(v), 0, UINT64_MAX, e) < 0 ?
	    cli_bad_value(&f->cli, "expect", e) : 0;
}

int filter_engine(struct filter *f, enum engine_kind *kind, struct err *e)
{
	static const enum engine_kind kinds[] = { ENGINE_AUTO, ENGINE_OPENSSL, ENGINE_IPSEC_MB };
	int i = opt_word(&f->cli.opt, e);

	if (i < 0)
		return -1;
	*kind = kinds[i];
	return engine_check(*kind, e) < 0 ? cli_bad_value(&f->cli, "engine", e) : 0;
}

const char *filter_name(const struct filter *f, const struct packet *p)
{
	return f->in != NULL ? pcap_in_name(f->in, p->file) : "stdin";
}

void filter_note(void *arg, const char *where, const char *text)
{
	cli_message(&((struct filter *)arg)->cli, 0, where, "%s", text);
}

int filter_emit(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	return pcap_out_write(&((struct filter *)arg)->out, p, n, e);
}

int filter_emit_hex(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	uint32_t len;

	(void)arg;
	for (; n > PCAP_RECORD; p += len, n -= len) {
		memcpy(&len, p + 8, sizeof len);	/* what was captured, in this machine's order */
		len += PCAP_RECORD;
		for (uint32_t i = PCAP_RECORD; i < len && i < n; i++)
			printf("%02x", p[i]);
		putchar('\n');
		if (len >= n)
			break;
	}
	return ferror(stdout) ? err_sys(e, "stdout") : 0;
}

static int settle(void *arg, struct unit *u, struct err *e)
{
	struct filter *f = arg;

	progress_show(&f->progress, f->packets, f->bytes);
	f->packets += u->batch.n;
	f->bytes += u->batch.bytes;
	return f->stages.settle(f->stages.arg, u, e);
}

static int claim(void *arg, struct unit *u, struct err *e)
{
	const struct filter_stages *s = &((struct filter *)arg)->stages;

	return s->claim(s->arg, u, e);
}

static void work(void *arg, struct unit *u, unsigned worker)
{
	const struct filter_stages *s = &((struct filter *)arg)->stages;

	s->work(s->arg, u, worker);
}

static void unit_clear(void *arg, struct unit *u)
{
	const struct filter_stages *s = &((struct filter *)arg)->stages;

	s->unit_clear(s->arg, u);
}

static int idle(void *arg, struct err *e)
{
	struct filter *f = arg;

	if (f->cli.json_out != NULL)
		fflush(f->cli.json_out);
	return pcap_out_flush(&f->out, e);
}

static volatile sig_atomic_t stopped;

const volatile sig_atomic_t *filter_stopped(void)
{
	return &stopped;
}

static void stop(void *arg)
{
	(void)arg;
	stopped = 1;
}

int filter_open_sas(struct filter *f, bool needed, bool follow, struct err *e)
{
	if (f->cli.nsa == 0 && needed)
		return err_set(e, "no SA given: -s FILE takes `ip xfrm state` output or ipsec-sa(5) descriptors");
	return sas_open(&f->sas, f->cli.sa, f->cli.nsa, follow, filter_note, f, e);
}

bool filter_is_live(const struct filter *f)
{
	return f->cli.iface != NULL || io_is_live(f->cli.read, f->cli.nread);
}

int filter_open(struct filter *f, bool raw, struct err *e)
{
	struct pcap_in_options in = { .files = f->cli.read, .nfiles = f->cli.nread, .iface = f->cli.iface,
		.filter = f->cli.filter, .count = f->cli.count, .stop = &stopped };
	struct pcap_form form;

	cli_on_stop(1, stop, NULL);
	if ((f->in = pcap_in_open(&in, e)) == NULL ||
	    out_file_open(&f->file, f->cli.write, true, e) < 0)
		return -1;
	form = *pcap_in_form(f->in);
	if (raw)
		form.dlt = LINKTYPE_RAW;
	if (pcap_out_open(&f->out, f->file.fd, f->file.path, &form, e) < 0)
		return -1;
	f->out_open = true;
	return pcap_in_is_live(f->in) ? out_file_show(&f->file, e) : 0;
}

int filter_run(struct filter *f, const struct filter_stages *stages, struct err *e)
{
	struct err late;
	int rc;

	f->stages = *stages;
	f->flow = (struct flow){ .in = f->in, .threads = f->cli.threads, .side_size = stages->side_size, .lazy = stages->lazy,
		.arg = f, .claim = claim, .work = work, .settle = settle, .idle = idle,
		.unit_clear = unit_clear };
	progress_start(&f->progress, &f->cli, 0);
	rc = flow_run(&f->flow, e);
	progress_end(&f->progress);
	if ((stages->finish != NULL && stages->finish(stages->arg, &late) < 0) ||
	    pcap_out_flush(&f->out, &late) < 0) {
		if (rc >= 0)
			*e = late;
		rc = -1;
	}
	return rc;
}

int filter_read_hex(struct filter *f, uint8_t *bytes, size_t cap, size_t *n, struct err *e)
{
	const struct cli *cli = &f->cli;

	if (cli->iface != NULL || cli->write != NULL || cli->filter != NULL || cli->nread != 1 ||
	    strcmp(cli->read[0], "-") != 0)
		return err_set(e, "--hex takes one packet on stdin and gives it on stdout: no -r, -w, -i or filter");
	return hex_read(stdin, "stdin", bytes, cap, n, e);
}

int filter_status(struct filter *f, int status, uint64_t done, const char *word)
{
	if (f->in != NULL && pcap_in_dropped(f->in) > 0)
		cli_message(&f->cli, 0, NULL, "%llu packets were dropped by the capture itself",
		    (unsigned long long)pcap_in_dropped(f->in));
	if (done >= f->expect)
		return status;
	cli_message(&f->cli, 0, NULL, "%llu packets %s, wanted %llu (--expect)", (unsigned long long)done,
	    word, (unsigned long long)f->expect);
	return status > 1 ? status : 1;
}

void filter_say_engines(struct filter *f, const unsigned served[ENGINE_COUNT])
{
	char text[ENGINE_TEXT] = "";
	size_t n = 0;

	for (int i = 0; i < ENGINE_COUNT; i++)
		if (served[i] > 0)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%u %s on %s", n > 0 ? ", " : "", served[i],
			    served[i] == 1 ? "SA" : "SAs", engine_name((enum engine_kind)i));
	if (n > 0)
		cli_message(&f->cli, 1, NULL, "%s", text);
	cli_message(&f->cli, 2, NULL, "%s", engine_text(text));
}

void filter_end(struct filter *f)
{
	if (f->out_open)
		pcap_out_clear(&f->out);
	out_file_abandon(&f->file);
	pcap_in_close(f->in);
	sas_close(&f->sas);
}
