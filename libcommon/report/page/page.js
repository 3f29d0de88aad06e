"use strict";
/* Makes the plots of SAs interactive: a button beside each, then zoom by dragging (double click: all) or + and -, arrows move. */
(() => {
	const data = document.getElementById("data").textContent.trim().split("\n").map((line) => JSON.parse(line));
	const sas = new Map(data.filter((o) => o.event === "sa").map((o) => [String(o.id), o]));
	const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

	const units = [["Tbit/s", 1e12], ["Gbit/s", 1e9], ["Mbit/s", 1e6], ["kbit/s", 1e3], ["bit/s", 1]];

	const unit = (sa) => units.find((u) => Math.max(...sa.series.bytes) * 8 / sa.series.step >= u[1]) || units[units.length - 1];

	const columns = (sa) => {
		const s = sa.series, each = unit(sa)[1], start = Date.parse(sa.first) / 1000;
		return [
			s.top.map((_, i) => start + i * s.step),
			s.top,
			s.bytes.map((b) => b * 8 / each / s.step),
			s.lost.map((l, i) => l > 0 ? s.top[i] : null),
		];
	};

	const options = (width, rate) => ({
		width, height: 320,
		cursor: { drag: { x: true, y: false } },
		scales: { x: { time: true }, rate: { auto: true, range: (u, lo, hi) => [0, hi || 1] } },
		axes: [
			{ stroke: css("--dim"), grid: { stroke: css("--line") } },
			{ stroke: css("--dim"), grid: { stroke: css("--line") }, size: 110 },
			{ stroke: css("--dim"), scale: "rate", side: 1, grid: { show: false }, size: 70, label: rate },
		],
		series: [
			{},
			{ label: "highest number", stroke: css("--blue"), width: 1.5 },
			{ label: rate, scale: "rate", stroke: css("--teal"), fill: css("--teal") + "55" },
			{ label: "lost", stroke: css("--red"), paths: () => null, points: { show: true, size: 8, fill: css("--red") } },
		],
	});

	const move = (plot, factor, shift) => {
		const all = plot.data[0], lo = all[0], hi = all[all.length - 1];
		const { min, max } = plot.scales.x, half = (max - min) / 2 * factor, middle = (min + max) / 2 + shift * (max - min);
		plot.setScale("x", { min: Math.max(lo, middle - half), max: Math.min(hi, middle + half) });
	};

	const keys = { "+": [.5, 0], "-": [2, 0], "ArrowLeft": [1, -.25], "ArrowRight": [1, .25] };

	const show = (figure, sa, button) => {
		const box = document.createElement("div");
		figure.querySelectorAll("div.wide").forEach((drawn) => drawn.remove());
		button.remove();
		figure.append(box);
		const plot = new uPlot(options(Math.max(300, Math.min(figure.clientWidth, 960)), unit(sa)[0]), columns(sa), box);
		figure.tabIndex = 0;
		figure.setAttribute("aria-label", "plot: + and - zoom, arrows move, Escape shows all");
		figure.focus();
		figure.addEventListener("keydown", (event) => {
			if (event.key === "Escape")
				plot.setScale("x", { min: plot.data[0][0], max: plot.data[0][plot.data[0].length - 1] });
			else if (event.key in keys)
				move(plot, ...keys[event.key]);
			else
				return;
			event.preventDefault();
		});
		addEventListener("resize", () => plot.setSize({ width: Math.max(300, Math.min(figure.clientWidth, 960)), height: 320 }));
	};

	for (const figure of document.querySelectorAll("figure[data-sa]")) {
		const sa = sas.get(figure.dataset.sa);
		if (!sa || !sa.series || sa.series.top.length < 2)
			continue;
		const button = document.createElement("button");
		button.type = "button";
		button.textContent = "Zoom";
		button.addEventListener("click", () => show(figure, sa, button));
		figure.querySelector("figcaption").append(" ", button);
	}
})();
