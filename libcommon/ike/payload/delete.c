/* Delete (RFC 7296 3.11, RFC 2408 3.15). */
#include "ike/payload/row.h"

static bool delete_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	struct pl_delete *del = &p->del;
	size_t want;

	if (ike_is_v1(p->version))
		del->doi = rd_u32(&r);
	del->protocol = rd_u8(&r);
	del->spi_size = rd_u8(&r);
	del->nspi = rd_u16(&r);
	want = (size_t)del->nspi * del->spi_size;
	if (r.n != want)
		ike_decoder_fault(d, p, r.n < want ? IKE_FAULT_SHORT : IKE_FAULT_LENGTH, r.p,
		    "SPIs", r.n, want);
	if (r.n < want)				/* then spi_size is not 0 */
		want = r.n / del->spi_size * del->spi_size;
	del->spis = rd_take(&r, want);
	return true;
}

static void delete_encode(const struct ike_payload *p, struct wr *w)
{
	if (ike_is_v1(p->version))
		wr_u32(w, p->del.doi);
	wr_u8(w, p->del.protocol);
	wr_u8(w, p->del.spi_size);
	wr_u16(w, p->del.nspi);
	wr_span(w, p->del.spis);
}

static void delete_show(const struct ike_payload *p, struct out *o)
{
	struct rd r = rd_of(p->del.spis.p, p->del.spis.n);
	bool v1 = ike_is_v1(p->version);

	if (v1)
		out_number(o, "doi", p->del.doi);
	ike_id_show(o, "protocol", v1 ? &ike_v1_protocols : &ike_protocols, p->del.protocol);
	out_number(o, "spi_count", p->del.nspi);
	out_list(o, "spis");
	while (p->del.spi_size > 0 && r.n >= p->del.spi_size)
		out_bytes(o, NULL, rd_take(&r, p->del.spi_size));
	out_end(o);
}

const struct ike_payload_row ike_rows_delete[] = {
	{ IKE_V2, IKE_P_DELETE, "D", 4, delete_decode, delete_encode, delete_show },
	{ IKE_V1, IKE_V1_P_DELETE, "D", 8, delete_decode, delete_encode, delete_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
