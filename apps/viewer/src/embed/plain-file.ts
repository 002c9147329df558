/** The script of a one-file replay without a policy. */
import { showFile } from "./file.js";

void showFile();
