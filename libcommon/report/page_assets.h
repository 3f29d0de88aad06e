/*
 * page_assets.h - the style and scripts of ipsec-inspect's page, as bytes; made from report/page/ when the toolkit is built.
 *
 * uPlot 1.6.32 is from npm, MIT licence (page/uPlot.LICENSE): its text goes into the page with it.
 */
#ifndef REPORT_PAGE_ASSETS_H
#define REPORT_PAGE_ASSETS_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t asset_page_css[], asset_page_js[], asset_uplot_min_css[], asset_uplot_iife_min_js[], asset_uplot_license[];
extern const size_t asset_page_css_n, asset_page_js_n, asset_uplot_min_css_n, asset_uplot_iife_min_js_n, asset_uplot_license_n;

#endif
