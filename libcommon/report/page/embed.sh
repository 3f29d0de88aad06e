#!/bin/sh
# The files of the page as C: embed.sh FILE... >page_assets.c; names become page_style_css and so on.
set -eu
echo '#include "report/page_assets.h"'
for file; do
	name=$(basename "$file" | tr '.-' '__' | tr '[:upper:]' '[:lower:]')
	echo "const uint8_t asset_${name}[] = {"
	od -An -v -tu1 "$file" | sed 's/ *\([0-9][0-9]*\)/\1,/g'
	echo "};"
	echo "const size_t asset_${name}_n = sizeof asset_$name;"
done
