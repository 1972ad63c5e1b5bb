// The wall: what is open in the order of its urgency, the map, and one incident to look into and to act on.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { ApiError, api, ask } from "../api/client";
import { city, type Incident, loaded, useCity } from "../live/city";
import { CityMap } from "../map/CityMap";
import { Icon } from "../parts/icons";
import { Empty, Loading, useTitle } from "../parts/layout";
import { Tabs } from "../parts/tabs";
import { toast } from "../parts/toasts";
import { now } from "../shell/now";
import { categoryWords, incidentStateWords, severityWords, sourceWords, taskStateWords } from "../words/field";
import { ago, number, percent } from "../words/say";
import { Coverage, GaugeList, TaskTable } from "./Lists";
import { inOrder } from "./queue";
import { Selected } from "./Selected";
import { Strip } from "./Strip";
import { say } from "./words";

type List = "incidents" | "gauges" | "tasks" | "coverage";
const MOST = 200;

export function Wall(): VNode {
  useCity("gauge", "camera", "incident", "task", "flood_state", "node");
  useTitle(say("title"));
  const [list, setList] = useState<List>("incidents");
  const [chosen, setChosen] = useState<string | null>(null);
  useNumbered(setChosen);
  const open = inOrder(city.incident.value.values());
  const incident = chosen ? city.incident.value.get(chosen) : undefined;
  return (
    <div class="wall">
      <h1 class="for-ears">{say("title")}</h1>
      <Strip />
      <section class="wall-list" aria-label={say("lists")}>
        <Tabs
          label={say("lists")}
          chosen={list}
          onChoose={setList}
          tabs={[
            { id: "incidents", words: `${say("incidents")} ${number(open.length)}` },
            { id: "gauges", words: say("gauges") },
            { id: "tasks", words: say("tasks") },
            { id: "coverage", words: say("coverage") },
          ]}
        >
          {list === "incidents" ? <Queue open={open.slice(0, MOST)} chosen={chosen} choose={setChosen} /> : null}
          {list === "gauges" ? <GaugeList /> : null}
          {list === "tasks" ? <TaskTable choose={setChosen} /> : null}
          {list === "coverage" ? <Coverage /> : null}
        </Tabs>
      </section>
      <div class="wall-map">
        <CityMap
          gauges={city.gauge.value.values()}
          cameras={city.camera.value.values()}
          incidents={open}
          floods={city.flood_state.value.values()}
          look={incident ? incident.place : null}
          marked={incident ? incident.place : null}
          onPick={(pick) => pick.kind === "incident" && setChosen(pick.id)}
          legend
        />
      </div>
      <section class="wall-side" aria-live="polite">
        {chosen ? <Selected key={chosen} id={chosen} /> : <Empty>{say("choose")}</Empty>}
      </section>
    </div>
  );
}

/** Opens the incident of `/control?number=12`, or the one of `/control?task=7`, as links of other walls have it. */
function useNumbered(choose: (id: string) => void): void {
  const { number: incident = "", task = "" } = useLocation().query;
  useEffect(() => {
    if (!incident && !task) return;
    incidentOf(Number(incident), Number(task)).then(
      (id) => (id ? choose(id) : toast(say("noNumber", { n: incident || task }), "bad")),
      (error: unknown) => toast(error instanceof ApiError ? error.message : String(error), "bad"),
    );
  }, [incident, task]);
}

async function incidentOf(incident: number, task: number): Promise<string | undefined> {
  if (incident) return (await ask(api.GET("/api/v1/incidents", { params: { query: { number: incident } } })))[0]?.id;
  const tasks = await ask(api.GET("/api/v1/tasks", { params: { query: { number: task } } }));
  return tasks[0]?.incident_id;
}

function Queue(props: { open: readonly Incident[]; chosen: string | null; choose: (id: string) => void }): VNode {
  if (!loaded.value.has("incident")) return <Loading />;
  return (
    <ol class="list" id="queue">
      {props.open.map((one) => (
        <li key={one.id}>
          <button
            type="button"
            class={`card edge wall-row ${one.severity === "severe" ? "edge-1" : one.severity === "moderate" ? "edge-2" : ""}`}
            aria-pressed={one.id === props.chosen}
            onClick={() => props.choose(one.id)}
          >
            <span class="row nofold">
              <Icon name={one.category} />
              <span class="grow">
                <span class="strong">{categoryWords(one.category)}</span> {one.area_name ?? ""}
                <br />
                <span class="small soft">
                  #{one.number} · {severityWords(one.severity)} · {one.source_kinds.map(sourceWords).join(" + ")} ·{" "}
                  {ago(one.began_at, now.value)}
                </span>
                {one.task_state ? <span class="tag">{taskStateWords(one.task_state)}</span> : null}
                {one.verdict ? <span class="tag">{incidentStateWords(one.verdict)}</span> : null}
              </span>
              <span class="large figures nowrap">{percent(one.confidence)}</span>
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}
