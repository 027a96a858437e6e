#!/usr/bin/env python3
"""Sparse ids, and graphs changed while they are read. usage: reading_test.py PROGRAM"""
import csv
import unittest

from program import ProgramTest, run


class Reading(ProgramTest):
    def rows(self, name):
        with open(self.path(name), encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def test_texts_go_in_and_come_out_of_lists_and_images(self):
        graph = self.write("friends.csv",
                           "source,target\nzoe,ann\nann,bob\nbob,c\u00e9line\nx,y\n")
        image = self.path("friends.qg")
        self.expect_ok(run("convert --ids sparse --order degree", graph, image))
        for words in ("--ids sparse --graph " + graph,
                      "--ids texts --order placed --graph " + graph, "--graph " + image):
            for column in ("distance", "parent"):
                self.expect_ok(run("run bfs --verify --source zoe", words, "--dump",
                                   f"{column}={self.path(column)}.csv"))
            self.assertEqual(self.rows("distance.csv")[1:],
                             [["ann", "1"], ["bob", "2"], ["c\u00e9line", "3"], ["x", "-1"],
                              ["y", "-1"], ["zoe", "0"]])
            self.assertEqual(self.rows("parent.csv")[1:],
                             [["ann", "zoe"], ["bob", "ann"], ["c\u00e9line", "bob"], ["x", ""],
                              ["y", ""], ["zoe", "zoe"]])
            self.expect_ok(run("run components", words, "--dump",
                               "label=" + self.path("label.tsv")))
            with open(self.path("label.tsv"), encoding="utf-8") as file:
                self.assertIn("x\tx\ny\tx\nzoe\tann\n", file.read())
        self.assertIn("texts, from ann to zoe", self.expect_ok(run("inspect", image)).stdout)
        self.expect_ok(run("convert", image, self.path("back.csv")))
        self.assertEqual(len(self.rows("back.csv")), 5)
        self.expect_failure(run("run bfs --source carl --graph", image), 1, "'carl'")
        text = self.expect_ok(run("convert", image, self.path("back.mtx"))).stdout
        self.assertIn("not in the file: the ids", text)

    def test_numbers_of_64_bits_are_sources_and_stand_in_the_report(self):
        graph = self.write("big.el", "18446744073709551615 5\n5 70000000000\n")
        report = self.report("run bfs --ids sparse --source 18446744073709551615 --graph", graph)
        self.assertEqual(report["results"][0]["runs"][0]["source"], 18446744073709551615)
        self.assertEqual(report["options"]["ids"], "sparse")
        lowest = self.report("run bfs --ids sparse --graph", graph)
        self.assertEqual(lowest["results"][0]["runs"][0]["source"], 5)
        self.expect_failure(run("run bfs --graph", graph), 1, "dense ids end at")
        self.expect_failure(run("run bfs --ids sparse --source 6 --graph", graph), 1, "'6'")
        self.expect_failure(run("run bfs --ids sparse --generate grid:4x4"), 2, "--ids")
        self.expect_failure(run("run bfs --source six --graph", graph), 2, "--source")

    def test_updates_speak_of_the_users_ids(self):
        graph = self.write("g.el", "10 20\n20 30\n")
        updates = self.write("u.txt", "- 10 20\n+ 30 10\n")
        self.expect_ok(run("run churn --verify --ids sparse --source 30 --graph", graph,
                           "--updates", updates, "--dump", "distance=" + self.path("d.csv")))
        self.assertEqual(self.rows("d.csv")[1:], [["10", "1"], ["20", "1"], ["30", "0"]])
        wrong = self.write("w.txt", "+ 10 40\n")
        self.expect_failure(run("run churn --ids sparse --graph", graph, "--updates", wrong), 1,
                            "w.txt:1: target '40' is none of the graph's nodes")

    def test_what_is_changed_while_reading_is_counted(self):
        graph = self.write("g.el", "0 0\n0 1\n2 3\n3 4\n4 4\n4 3\n")
        words = "--drop-loops --largest-component"
        text = self.expect_ok(run("run components", words, "--graph", graph)).stdout
        for part in ("3 nodes", "2 edges", "self loops dropped 2", "components as read 2",
                     "nodes dropped with them 2", "edges dropped with them 1"):
            self.assertIn(part, text)
        facts = self.report("run components", words, "--graph", graph)["results"][0]["input"]
        self.assertEqual(facts["self loops dropped"]["value"], 2)
        self.assertEqual(facts["nodes dropped with them"]["value"], 2)
        text = self.expect_ok(run("convert", words, graph, self.path("out.el"))).stdout
        self.assertIn("2 self loops dropped", text)
        with open(self.path("out.el"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "2 3\n3 4\n")
        arcs = self.write("a.gr", "p sp 2 2\na 1 2 5\na 2 1 4\n")
        text = self.expect_ok(run("run sssp --symmetrize --graph", arcs)).stdout
        self.assertIn("arcs taken as edges 2; duplicate edges merged 1", text)
        self.assertIn("undirected", text)
        self.expect_failure(run("run bfs --directed --symmetrize --graph", graph), 2,
                            "--symmetrize")
        text = self.expect_ok(run("run bfs --generate urand:9:1", words)).stdout
        self.assertIn("components as read", text)


if __name__ == "__main__":
    unittest.main()
