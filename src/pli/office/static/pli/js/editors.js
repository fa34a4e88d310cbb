// What the editors of recipes and layouts need besides office.js.
import "./draw-box.js";
import "./relevant.js";
