#!/usr/bin/env python3
"""Points that no one would wish for, through the program: each has the one outcome that
scenes/README.md names. usage: odd_points_test.py PROGRAM"""
import array
import math
import os
import re
import unittest

from program import ProgramTest, run

MILLION = 1000000


def nearest(points, x, y, k):
    """Ids by (distance, id), of brute force."""
    order = sorted(range(len(points)),
                   key=lambda i: ((points[i][0] - x) ** 2 + (points[i][1] - y) ** 2, i))
    return order[:k]


class OddPoints(ProgramTest):
    def points(self, rows, head="x,y"):
        lines = [head, *(",".join(str(value) for value in row) for row in rows), ""]
        return self.write("points.csv", "\n".join(lines))

    def query(self, file, what, x=0.0, y=0.0):
        at, out = self.write("at.csv", f"{x!r},{y!r}\n"), self.path("out.csv")
        self.expect_ok(run("query", file, what, "--at", at, "-o", out))
        with open(out, encoding="utf-8") as answers:
            line = answers.read().rstrip("\n")
        return [int(i) for i in line.split(",")] if line else []

    def last_positions(self, scene, file, *options):
        """Pairs after a run; verified, so finite."""
        out = self.path("position.bin")
        self.expect_ok(run("run", scene, "--points", file, *options, "--verify --quiet",
                           f"--dump position={out}"))
        values = array.array("f")
        with open(out, "rb") as file:
            values.frombytes(file.read())
        self.assertTrue(all(map(math.isfinite, values)))
        return list(zip(values[::2], values[1::2]))

    def test_no_point_is_an_empty_answer_and_a_run_of_nothing(self):
        for text in ("x,y\n", "# none\nx,y\n"):
            file = self.write("none.csv", text)
            for what in ("--nearest 3", "--box 1", "--radius 1"):
                self.assertEqual(self.query(file, what), [])
            for scene in ("nbody", "collide"):
                self.assertEqual(self.last_positions(scene, file, "--steps 3"), [])

    def test_one_point_is_found_and_rests_where_nothing_pulls(self):
        file = self.points([(0.5, 0.25)])
        for what in ("--nearest 3", "--box 0.5", "--radius 0.6"):
            self.assertEqual(self.query(file, what), [0])
        self.assertEqual(self.query(file, "--box 0.4"), [])
        self.assertEqual(self.last_positions("nbody", file, "--steps 3"), [(0.5, 0.25)])
        self.assertEqual(len(self.last_positions("collide", file, "--steps 3")), 1)

    def test_a_million_points_on_one_spot_answer_by_id_and_do_not_pull_each_other(self):
        file = self.write("same.csv", "x,y\n" + "0.25,0.75\n" * MILLION)
        self.assertEqual(self.query(file, "--nearest 5"), [0, 1, 2, 3, 4])
        self.assertEqual(self.query(file, "--box 1 --count"), [MILLION])
        self.assertEqual(self.query(file, "--radius 0.1 --count"), [0])
        places = self.last_positions("nbody", file, "--steps 1")
        self.assertEqual((len(places), set(places)), (MILLION, {(0.25, 0.75)}))

    def test_a_million_points_on_a_line_are_told_apart(self):
        file = self.write("line.csv",
                          "x,y\n" + "".join(f"{i},{i / 2}\n" for i in range(MILLION)))
        self.assertEqual(self.query(file, "--nearest 5", 500000.25, 250000),
                         [500000, 500001, 499999, 500002, 499998])
        self.assertEqual(self.query(file, "--box 10 --count", 500000.25, 250000), [20])

    def test_discs_on_a_line_get_radii_that_leave_them_room(self):
        for slope in (0, 0.5):
            file = self.points([(i, i * slope) for i in range(20000)])
            result = run("run collide --points", file, "--steps 50 --verify")
            self.expect_ok(result)
            left = float(re.search(r"energy left +([0-9.]+) %", result.stdout)[1])
            self.assertLess(left, 101, "pressed together, they would be shot out of the line")

    def test_points_far_nearer_than_floats_at_one_are_told_apart(self):
        rows = [(0.0, 0.0), (1e-30, 0.0), (1.0, 0.0), (1 + 2e-16, 0.0), (-1e-300, 0.0)]
        file = self.points(rows)
        for x in (0.0, 9e-31, -1e-299, 1.0, 2.0):
            self.assertEqual(self.query(file, "--nearest 5", x), nearest(rows, x, 0.0, 5), x)
        self.assertEqual(self.query(file, "--box 1e-30"), [0, 4, 1])
        self.assertEqual(self.query(file, "--box 9e-31"), [0, 4])

    def test_coordinates_of_1e30_beside_small_ones_are_told_apart(self):
        rows = [(0.0, 0.0), (1e-30, 0.0), (1e30, 1e30), (1.0, 1.0), (-1e30, 3.0), (1.1e30, 1e30)]
        file = self.points(rows)
        for x, y in ((0.0, 0.0), (1e30, 9e29), (-2e30, 0.0), (0.9, 0.9)):
            self.assertEqual(self.query(file, "--nearest 6", x, y), nearest(rows, x, y, 6), (x, y))
        self.assertEqual(self.query(file, "--box 1.05e30 --count"), [5])

    def test_what_is_not_finite_or_beyond_a_float_is_refused_with_its_line(self):
        at = self.write("at.csv", "0,0\n")
        for value, problem in (("nan", "x nan is not finite"), ("inf", "x inf is not finite"),
                               ("-inf", "x -inf is not finite"), ("1e39", "x 1e39 is too large"),
                               ("1e999", "x 1e999 is")):
            file = self.points([(0, 0), (value, 1)])
            for verb in (f"query {file} --nearest 1 --at {at} -o {self.path('out')}",
                         f"run nbody --points {file}", f"run collide --points {file}"):
                self.expect_failure(run(verb), 1, f"points.csv:3: {problem}")
            self.assertFalse(os.path.exists(self.path("out")))
        good = self.points([(0, 0)])
        for value in ("nan", "inf"):
            odd = self.write("odd.csv", f"0,0\n{value},0\n")
            self.expect_failure(run("query", good, "--nearest 1 --at", odd, "-o", self.path("o")),
                                1, f"odd.csv:2: x {value} is not finite")

    def test_bodies_spread_over_more_than_squares_can_hold_are_refused(self):
        file = self.points([(0, 0), (1e-30, 0), (1e30, 1e30)])
        self.expect_failure(run("run nbody --points", file), 1, "spread over more than 1e18")
        far = self.points([(1e17, 0), (0, 1e17), (-1e17, 0), (0, -1e17)])
        places = self.last_positions("nbody", far, "--steps 10")
        self.assertLess(places[0][0], 1e17, "they fall towards the middle")

    def test_discs_of_no_size_and_boxes_that_floats_cannot_square_are_refused(self):
        for radius in ("0", "1e-20", "1e20"):
            file = self.points([(0, 0, 1), (9, 9, radius)], "x,y,radius")
            self.expect_failure(run("run collide --points", file), 1,
                                "collide: body 1 has the radius")
        for size in ("1e-30", "1e16", "1e30"):
            file = self.points([(0, 0), (0, size)])
            self.expect_failure(run("run collide --points", file), 1, "collide: the box is ")
        for size in ("1e-14", "1", "1e14"):
            file = self.points([(0, 0), (0, size), (size, size)])
            self.assertEqual(len(self.last_positions("collide", file, "--steps 50")), 3)
        near = self.points([(1, 1), (1 + 1e-15, 1)])   # one spot, in floats
        self.assertEqual(len(self.last_positions("collide", near, "--steps 5")), 2)

    def test_a_million_discs_on_one_spot_are_refused_before_their_pairs_are_counted(self):
        file = self.write("same.csv", "x,y\n" + "0.25,0.75\n" * MILLION)
        self.expect_failure(run("run collide --points", file), 1,
                            "pairs of discs stand on one spot")

    def test_velocities_that_are_not_finite_are_refused(self):
        for value in ("nan", "inf", "1e39"):
            file = self.points([(0, 0, 1, 1), (1, 1, value, 0)], "x,y,vx,vy")
            for scene in ("nbody", "collide"):
                self.expect_failure(run("run", scene, "--points", file), 1, "points.csv:3: vx ")

    def test_masses_and_radii_below_zero_are_refused(self):
        for column in ("mass", "radius"):
            for value, problem in (("-1", "is below 0"), ("-1e-30", "is below 0"),
                                   ("nan", "is not finite"), ("inf", "is not finite")):
                file = self.points([(0, 0, 1), (1, 1, value)], f"x,y,{column}")
                for scene in ("nbody", "collide"):
                    self.expect_failure(run("run", scene, "--points", file), 1,
                                        f"points.csv:3: {column} {value} {problem}")

    def test_a_body_without_mass_is_pulled_and_pulls_nothing(self):
        file = self.points([(0, 0, 1), (1, 0, 0)], "x,y,mass")
        heavy, light = self.last_positions("nbody", file, "--steps 3")
        self.assertEqual(heavy, (0, 0))
        self.assertLess(light[0], 1)
        massless = self.points([(0, 0, 0), (1, 0, 0)], "x,y,mass")
        self.assertEqual(self.last_positions("nbody", massless, "--steps 3"), [(0, 0), (1, 0)])

    def test_bodies_that_leave_where_they_began_are_still_bodies(self):
        rows = [(i % 10, i // 10, 1e6 * (i % 3 - 1), 1e6 * (i % 7 - 3)) for i in range(100)]
        file = self.points(rows, "x,y,vx,vy")
        places = self.last_positions("nbody", file, "--steps 5")
        times = [(to_x - x) / vx for (x, _, vx, _), (to_x, _) in zip(rows, places) if vx != 0]
        self.assertGreater(times[0] * 1e6, 1000, "far outside of where they were")
        self.assertLess(max(times) - min(times), 1e-4 * times[0], "what pulls them is little")


if __name__ == "__main__":
    unittest.main()
