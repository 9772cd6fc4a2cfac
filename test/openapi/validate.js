// Is the document on standard input valid OpenAPI?  Prints what is wrong.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";

const validator = new Validator();
const result = await validator.validate(JSON.parse(readFileSync(0, "utf8")));
if (!result.valid || validator.version !== "3.1") {
	console.log(validator.version, JSON.stringify(result.errors, null, 1));
	process.exit(1);
}
